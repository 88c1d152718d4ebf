// What every browser check shares: a browser, a static server, accessibility rules, screenshots, the program itself.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const here = path.dirname(fileURLToPath(import.meta.url));
export const output = path.join(here, "output");
const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

/** Chromium given by CHROMIUM (default /usr/bin/chromium); it asks nobody but the pages for anything. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--font-render-hinting=none",
    ],
  });

/** Serves a folder on loopback with the headers of the real pages; gives `{ url, close }`. */
export async function serve(folder) {
  const server = createServer(async (request, response) => {
    const name = path.normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    try {
      const body = await readFile(path.join(folder, name));
      response.writeHead(200, {
        "content-type": TYPES[path.extname(name)] ?? "application/octet-stream",
        "content-security-policy":
          "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The accessibility rules that the page breaks, one line each; an empty list is what is wanted. */
export async function axe(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    await page.evaluate(axeSource); // over the debugging protocol: the page's own policy stays in force
  }
  const { violations } = await page.evaluate(() =>
    axe.run(document, {
      resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/** What reaches over the right or left edge of the window, as selectors. */
export const overflowing = (page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.body.querySelectorAll("*")].filter((element) => {
      if (element.closest(".visually-hidden, .skip")) return false;
      const { left, right } = element.getBoundingClientRect();
      return right > width + 0.5 || left < -0.5;
    });
    if (document.documentElement.scrollWidth > width) wide.unshift(document.documentElement);
    return wide.map((element) => `${element.localName}.${element.className}`);
  });

/** Targets smaller than 24 × 24 CSS pixels that do not stand in a sentence (WCAG 2.2, 2.5.8). */
export const smallTargets = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden])")]
      .filter((element) => !element.classList.contains("skip") && element.getClientRects().length > 0)
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 24 || height < 24;
      })
      .map((element) => `${element.localName} ${element.textContent.trim()}`),
  );

/** A picture of the whole page in `output/`. */
export async function screenshot(page, name) {
  await mkdir(output, { recursive: true });
  await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: true });
}

/** The element that has the focus: what it is, and whether the focus can be seen. */
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const { top, bottom } = element.getBoundingClientRect();
    return {
      name: element.textContent.trim().replace(/\s+/g, " "),
      element: element.localName,
      visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      inWindow: top >= 0 && bottom <= innerHeight,
    };
  });

/**
 * Starts `dovira demo` (the program given by DOVIRA_BIN) in an empty folder, on ports of its own choice, and waits until it
 * answers. Gives `{ url, clientUrl, log, stop }`; `log()` is what it has printed so far.
 */
export async function startDemo({ environment = {} } = {}) {
  const program = process.env.DOVIRA_BIN;
  if (!program) throw new Error("DOVIRA_BIN names no program: build dovira and give its path");
  const data = await mkdtemp(path.join(tmpdir(), "dovira-demo-"));
  const child = spawn(
    program,
    ["demo", "--listen", "127.0.0.1:0", "--client-listen", "127.0.0.1:0", "--data", data],
    { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const atOnce = () => child.kill("SIGKILL");
  process.once("exit", atOnce); // also when a test throws where nobody catches it
  let said = "";
  let logged = "";
  child.stderr.on("data", (text) => (logged += text));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    const killer = setTimeout(atOnce, 5_000);
    const code = await ended;
    clearTimeout(killer);
    process.off("exit", atOnce);
    await rm(data, { recursive: true, force: true });
    return code;
  };
  const opened = new Promise((resolve) => {
    child.stdout.on("data", (text) => {
      said += text;
      const address = /^Open (http\S+)\/$/m.exec(said);
      if (address) resolve(address[1]);
    });
  });
  const clientUrl = await Promise.race([opened, ended.then(() => undefined)]);
  if (!clientUrl) {
    await stop();
    throw new Error(`dovira demo did not start:\n${said}${logged}`);
  }
  // Where its forms may end is where the service is.
  const policy = (await fetch(clientUrl)).headers.get("content-security-policy");
  const url = /form-action 'self' (\S+)/.exec(policy)[1];
  return { url, clientUrl, log: () => said + logged, stop };
}
