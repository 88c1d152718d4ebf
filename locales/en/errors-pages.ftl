# Pages where the way ends: what happened and what to do.

return-button = Return to { $client }
again-button = Open again
support-reference = Code for the support team:

problem-flow-expired = The time to confirm is over
    .text = For security reasons the page was valid for { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. No data were saved.
    .advice = Close this page and start again in the app.
    .advice-client = Start again in { $client }.

problem-access-expired = The time to confirm is over
    .text = The data are registered, but the app was not given access: the page was valid for { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }.
    .advice = To give access, call { $phone }.

problem-sign-in-expired = The time to confirm is over
    .text = For security reasons the page was valid for { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }.
    .advice = Close this page and sign in through the app again.
    .advice-client = Sign in through { $client } again.

problem-signer-not-person = The signature belongs to somebody else
    .text = The tax number, the document or the name in the signature is not the one in the data.
    .advice = Sign the data with your own electronic signature in the app.
    .advice-client = Sign the data with your own electronic signature in { $client }.

problem-too-many-codes = Too many wrong codes
    .text = You have entered a wrong code { $attempts ->
        [one] { $attempts } time
       *[other] { $attempts } times
    }. Order a new code.
    .text-until = You have entered a wrong code { $attempts ->
        [one] { $attempts } time
       *[other] { $attempts } times
    }. Try again after { $time }.

problem-identity-declined = You did not prove who you are
    .text = We cannot register you without a confirmation by id.gov.ua. No data were saved.
    .advice = Close this page and start again in the application.
    .advice-client = Start again in { $client }.

problem-identity-unavailable = id.gov.ua does not answer
    .text = We could not learn who you are. No data were saved.
    .advice = Try again in a few minutes: start again in the application.
    .advice-client = Try again in a few minutes: start again in { $client }.

problem-identity-incomplete = id.gov.ua does not know your tax number
    .text = You cannot register in the cabinet without a tax number (RNOKPP) and a name. No data were saved.
    .advice = Prove who you are in another way: start again in the application.
    .advice-client = Prove who you are in another way: start again in { $client }.

problem-not-completed = The registration was not completed
    .text = The data were checked, but the registration cannot be completed now.
    .advice = Call { $phone }: we will tell you what to do next.

problem-session-lost = We could not go on
    .text = Your browser did not keep a necessary cookie, or the page was opened in another browser.
    .advice = To go on:
    .step-same-browser = stay in one browser and do not open this link in a private window;
    .step-cookies = let the browser keep cookies;
    .step-restart = close this page and start again in the app.

problem-stale-page = The page is out of date
    .text = Open it again and repeat what you did.

problem-already-done = You have already finished this step
    .text = There is no need to confirm twice.
    .advice = Close this page and return to the app.
    .advice-client = Return to { $client }.

problem-already-registered = You are already registered
    .text = There is already an account for this taxpayer number (RNOKPP).
    .advice = Close this page and sign in through the app.
    .advice-client = Sign in through { $client }.

problem-signature-invalid = We could not verify the signature
    .text = The signature is damaged or too old, or its certificate is not trusted.
    .advice = Sign the data again in the app. If that does not help, check that your certificate is still valid.
    .advice-client = Sign the data again in { $client }. If that does not help, check that your certificate is still valid.

problem-signer-mismatch = The signature belongs to another person
    .text = The taxpayer number (RNOKPP) or document in the signature does not match the person who is signed in.
    .advice = Sign the data with your own electronic signature in the app.
    .advice-client = Sign the data with your own electronic signature in { $client }.

problem-bad-link = The link is wrong
    .advice = This is the app’s mistake, not yours. Close the page and tell the developers of the app.
    .advice-client = This is the app’s mistake, not yours. Return to { $client } and tell its developers.

problem-client-blocked = The app may not use eHealth
    .text = The app is blocked
    .advice = Close this page. To learn more, ask the developers of the app.

problem-blocked = You cannot sign in for now
    .text = Your account cannot be used for now.
    .advice = Call the support team: { $phone }.

problem-not-allowed = No access
    .text = You lack the right to do this, or your access has run out.
    .advice = Close this page, sign in to the app again and start over.
    .advice-client = Sign in to { $client } again and start over.

problem-data-errors = The data did not pass the checks
    .text = Your data were not saved.
    .advice = Return to the app, correct the data and sign them again.
    .advice-client = Return to { $client }, correct the data and sign them again.

problem-confidant-unfit = You cannot register the patient yet
    .text = The details are not saved. There is nothing to correct in them.
    .advice = Call { $phone }: we will tell you what to do.

problem-not-found = Page not found
    .text = There is no such page here.
    .advice = Check the address or start again in the app.

problem-too-many-requests = Too many requests
    .text = Wait a few minutes and try again.
    .text-until = Try again after { $time }.

problem-method-not-allowed = The page cannot be opened this way
    .text = This address does not take such a request.
    .advice = Start again in the app.

problem-bad-request = We could not read the request
    .text = The address or the form is damaged.
    .advice = Start again in the app.

problem-payload-too-large = Too much data
    .text = The signed data are too large, so we did not take them.
    .advice = Start again in the app. If it happens again, tell its developers.

problem-internal = Something went wrong on our side
    .text = Try again in a few minutes.
    .text-nothing-saved = No data were saved. Try again in a few minutes.
    .text-saved = The data you confirmed are saved. Try to go on in a few minutes.
    .advice = If that does not help, call { $phone } and give the code below.

problem-unavailable = The service is not available for now
    .text = Try again in a few minutes.
    .text-until = Maintenance work goes on until { $time }.

bad-link-client-id-missing = The link does not say which app it comes from (client_id)
bad-link-redirect-uri-missing = The link does not say where to return (redirect_uri)
bad-link-client-unknown = There is no app with the given identifier
bad-link-redirect-uri-mismatch = The return address does not match the registered one. Contact the support team
bad-link-scope-missing = The link does not say which access the app asks for (scope)
bad-link-scope-not-allowed = The app asks for access it has no right to
bad-link-user-data-missing = The data for the registration are missing
bad-link-token-missing = The token of the person is missing
bad-link-malformed = A parameter of the link is damaged or given twice
