"""Real person requests for the calls by the description.

    requests.py describe URL TOKEN API_KEY FILE
    requests.py reached HAR

`describe` makes requests, each of somebody else and for one route, and writes the description of the service at URL to
FILE with their ids as examples: a made-up id leads nowhere. `reached` reads the record of a run and fails unless the
routes of person requests did their work in it.
"""

import json
import re
import sys
import urllib.request
from collections import Counter

VERSIONS = ("/api/person_requests", "/api/v2/person_requests")
METHODS = "/api/persons/{id}/authentication_methods"
PERSON = "13001c60-45a0-4b5a-b425-9505e1de18bd"
# What is done to a request, and the name of somebody about whom there is no other request.
ROUTES = {
    "/{id}": "Перша",
    "/{id}/actions/approve": "Друга",
    "/{id}/actions/sign": "Третя",
    "/{id}/actions/reject": "Четверта",
    "/{id}/actions/resend_otp": "Шоста",
}
# The smallest thing that looks like a JPEG.
IMAGE = b"\xff\xd8\xff\xe0"


def reached_at_least():
    """The answers that a run must have had."""
    for at in VERSIONS:
        yield "POST", at, 201
        yield "GET", at, 200
        yield "GET", at + "/{id}", 200
        yield "PATCH", at + "/{id}/actions/approve", 200
        yield "PATCH", at + "/{id}/actions/reject", 200
        yield "POST", at + "/{id}/actions/resend_otp", 200
    yield "GET", METHODS, 200


class Service:
    def __init__(self, url, token, api_key):
        self.url = url
        self.headers = {"authorization": f"Bearer {token}", "api-key": api_key}

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "content-type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data, headers, method=method)
        ) as answer:
            return json.load(answer)

    def upload(self, made):
        for document in made.get("urgent", {}).get("documents", []):
            # The link names the public address of the service.
            path = "/" + document["url"].split("/", 3)[3]
            request = urllib.request.Request(
                self.url + path, IMAGE, {"content-type": "image/jpeg"}, method="PUT"
            )
            urllib.request.urlopen(request).close()


def prepared(service, at, route, last_name, adult):
    """The id of a request on which the action of `route` can be done."""
    body = json.loads(json.dumps(adult))
    person = body["person"]
    person.update(last_name=last_name, no_tax_id=True)
    del person["tax_id"]
    if route.endswith(("/approve", "/sign")):
        person["authentication_methods"] = [{"type": "OFFLINE"}]
    made = service.call("POST", at, body)
    service.upload(made)
    request = made["data"]["id"]
    if route.endswith("/sign"):
        service.call("PATCH", f"{at}/{request}/actions/approve", {})
    return request


def describe(url, token, api_key, file):
    service = Service(url, token, api_key)
    document = service.call("GET", "/openapi.json")
    paths = document["paths"]

    def give(path, value):
        for operation in paths[path].values():
            for parameter in operation["parameters"]:
                if parameter["name"] == "id":
                    parameter["example"] = value

    for number, at in enumerate(VERSIONS):
        media = paths[at]["post"]["requestBody"]["content"]["application/json"]
        adult = media["examples"]["adult"]["value"]
        for route, name in ROUTES.items():
            # Both versions wait for each other's requests about one person.
            last_name = name + "-" + ("Давня", "Нова")[number]
            give(at + route, prepared(service, at, route, last_name, adult))
    give(METHODS, PERSON)
    with open(file, "w", encoding="utf-8") as out:
        json.dump(document, out, ensure_ascii=False)


def reached(file):
    with open(file, encoding="utf-8") as record:
        entries = json.load(record)["log"]["entries"]
    calls = Counter()
    for entry in entries:
        request = entry["request"]
        path = re.sub(r"^https?://[^/]+|[?#].*$", "", request["url"])
        calls[request["method"], path, entry["response"]["status"]] += 1
    missing = False
    for method, path, status in reached_at_least():
        pattern = re.compile("[^/]+".join(map(re.escape, path.split("{id}"))))
        found = sum(
            count
            for (by, at, answer), count in calls.items()
            if by == method and answer == status and pattern.fullmatch(at)
        )
        print(f"{method} {path}: {status} {found} times")
        missing = missing or not found
    if missing:
        sys.exit("a route was never reached, see above")


if __name__ == "__main__":
    {"describe": describe, "reached": reached}[sys.argv[1]](*sys.argv[2:])
