# Checking the data before registration.

details-heading = Check your details
details-heading-confidant = Check the patient’s details
details-for-whom = You are registering a patient as a legal representative. Patient: { $patient }.
details-lead = { $client } sent these details, signed with your electronic signature. Registration happens only after you confirm them.
details-until = Confirm the details by { $time }.
details-expires-soon = This page is valid for less than two minutes more.
details-print-button = Print or save
details-identifiers = Service identifiers
details-identifiers-what = The registry tells records apart by them. They are signed too.
details-change-heading = Noticed a mistake?
details-change-why = The details are signed, so they cannot be changed here. Return to the app, correct them and sign them again.
details-change-button = Change in { $client }
details-decide-heading = Is everything right?
details-decide-what = Once you confirm, the details are entered into the patient registry.
details-decide-known = After you confirm you get access.
details-decide-known-own = After you confirm you are signed in.
details-known-child = The child is in the registry already. You get access; the data in the registry do not change. A doctor can change them.
details-known-patient = The patient is in the registry already. You get access; the data in the registry do not change. A doctor can change them.
details-known-own = You are in the registry already. The data in the registry do not change. A doctor can change them.
details-confirm-button = Confirm details and continue
details-refused = Correct the details in the app and sign them again.
details-decline-button = Do not confirm

card-own = Person
card-patient = Patient
card-documents = Documents
card-addresses = Addresses
card-contacts = Contact details
card-methods = Way to confirm actions
card-emergency-contact = Emergency contact
card-confidant = Representative
card-consents = Consents

tax-id-refused = Yes, the person refused the number
tax-id-not-refused = No
secret-given = Given (not shown here)
consent-given = Yes, signed
consent-not-given = No
phone-ends-with = ends with { $digits }

address-building = bldg { $number }
address-apartment = apt { $number }
address-region = { $name } district
address-area = { $name } region
list-item = No. { $number }
list-more = { $number } more, not shown
sent-heading = The details the app sent
sent-what = Correct them in the app. They were not saved here.

declined-heading = You have not confirmed the details
declined-text = Without your confirmation we cannot complete the registration. No data were saved.
declined-advice = You can go back and check the details again, or finish here and correct them in the app.
declined-back-button = Go back to the details
declined-leave-button = Finish and return to { $client }
declined-emergency = If you need urgent medical help, call { $phone }.
