# The pretend application of the demonstration.

romashka-name = Camomile
romashka-what = a pretend application for parents
romashka-demo = The application, the people and the signatures are invented.
romashka-footer = This is not eHealth but an application that asks it for access. It has an address of its own, so the way between the two sites is a real one.
romashka-again = Back to the examples

romashka-cases = Register a child
romashka-cases-lead = Imagine that you filled in a child’s form. Choose an example: the application signs the data with an invented signature and sends you to eHealth. It is a different child each time.
romashka-good = Registration will succeed
romashka-entries = Other ways in
romashka-standing = Who acts for a child
romashka-bad = Something will go wrong

case-ordinary = An ordinary child
    .text = Everything is filled in and signed by DSTU 4145. Start here.
case-long-names = Apostrophes and very long names
    .text = Names with different apostrophes, 255 characters each, two addresses, two documents.
case-minimal = Only what is required
    .text = Everything that may be left out is left out.
case-by-form = Sent by a form
    .text = Signed data can be too long for an address. Then the application sends them by a form.
case-kupyna = A longer key
    .text = The hash Kupyna and the curve m = 431.
case-ecdsa = An ECDSA signature
    .text = Not DSTU 4145 but ECDSA on the curve P-256.
case-rsa = The father signs
    .text = Another confidant, and an RSA signature.
case-own-sign-up = Register yourself
    .text = An invented adult registers themselves and enters a code from a text message, which comes to an invented phone.
case-sign-in = Sign in
    .text = The mother is registered already and signs a one-time token.
case-confidant-sign-in = Sign in for a child
    .text = The child is registered already, and the mother may act for her.
case-comes-back = The mother comes back
    .text = The mother registered this child before and registers the child again. She gets access, and the data in the registry do not change.
case-doctors-child = A doctor registered the child
    .text = A doctor signed a request that names the mother, and she told him the code from a text message. Now the mother signs in for the child. A code is sent once a minute at most.
case-claim = The father’s claim waits
    .text = The child is in the registry, and only the mother acts for the child. The father is refused until the operator confirms his claim.
case-cabinet = Register through id.gov.ua (stub)
    .text = An invented person proves who they are at a stand-in for id.gov.ua and registers in the cabinet.
case-birth-date-missing = No birth date
    .text = A required date is missing, so the data will not pass the checks.
case-consent-refused = No consent
    .text = The consent to process and transfer the data is not given.
case-broken-signature = A damaged signature
    .text = One bit of the signature was changed on the way.
case-expired-link = An expired link
    .text = The data were signed a day ago.
case-another-signer = Somebody else signed
    .text = The mother is signed in, but the father signed.
case-expired-token = The sign-in has expired
    .text = The confidant’s token is no longer good.
case-unknown-address = An unregistered return address
    .text = The application asks to send you back to where it is not registered.

romashka-send = The data are signed
romashka-send-lead = They still have to be handed to eHealth. There you check the data and decide whether to give access.
romashka-send-button = Go to eHealth

romashka-granted = The child is registered
romashka-granted-own = You are registered
romashka-signed-in = You are signed in
romashka-granted-lead = eHealth returned a code, and the application exchanged it for tokens. A real application does not show them.
romashka-got = What the application got
romashka-access-token = Access token
romashka-refresh-token = Refresh token
romashka-scope = Scopes
romashka-expires = The access token is valid until
romashka-until = { $day }, { $time }
romashka-person = Patient
romashka-user = User
romashka-applicant = Confidant
romashka-use = What can be done with them
romashka-use-person = Read the child’s data
romashka-use-own = Read your data
romashka-use-refresh = Refresh the token
romashka-use-end = End the access
romashka-answer = eHealth answers
romashka-silent = The service did not answer.

romashka-returned = What eHealth returned
romashka-denied = Access was not given
    .text = The application got neither a code nor a token.
romashka-invalid = The request was not accepted
    .text = eHealth did not accept what the application sent.
romashka-unavailable = eHealth could not answer
    .text = Try again in a few minutes.

romashka-claim = The claim waits
romashka-claim-lead = eHealth wrote the father’s claim down and showed nothing of the child. The operator checks the papers and confirms the relationship:
romashka-claim-confirm = Confirm as the operator and sign again

romashka-not-found = There is no such page here
    .text = Check the address or go back to the examples.
romashka-unknown-state = The application does not recognise the answer
    .text = It was not begun in this browser, or so long ago that the application has forgotten it. It was ignored.
romashka-not-back = You have not come back yet
    .text = The application waits for the answer of eHealth. Finish there what you began, or start another example.
romashka-not-exchanged = The code could not be exchanged
    .text = eHealth returned a code but did not accept it. This is its answer.
romashka-broken = The example could not be prepared
    .text = The details are in the program’s log.

romashka-phone-link = The phone with text messages
romashka-phone = Phone
romashka-phone-lead = The messages that eHealth has sent. A real app does not see them.
romashka-phone-silent = Nothing has come yet.
romashka-phone-at = at { $time }

romashka-govid = Stand-in for id.gov.ua
romashka-govid-lead = Choose who you are. The real id.gov.ua would ask for a signature or BankID.
romashka-govid-new = Somebody new
romashka-govid-without-email = Somebody new without an e-mail address
romashka-govid-mother = The mother, who is registered already
romashka-govid-without-tax-id = Somebody without a tax number
romashka-govid-nobody = Do not confirm
