### Errors of the API as people read them, and the names of the fields.
### Keys are derived in src/sign_up/translation.rs.

## By rule

error-internal = Internal error. We are sorry for the inconvenience
error-required = Required field "{ $property }" is missing
error-value = The value of "{ $name }" is incorrect
error-inclusion = The value of "{ $name }" is not an allowed one
error-schema = Unexpected field "{ $entry }"

## By message: from the source

error-user-data-missing = The data for registration are missing
error-invalid-signed-content = The signed data are incorrect or out of date
error-jwt-is-invalid = The signed data are incorrect or out of date
error-unable-to-authenticate-signer = We could not identify the person who signed
error-expected-true-but-got-false-for-attribute-patient-signed = You must agree that the data are signed
error-expected-true-but-got-false-for-attribute-process-disclosure-data-consent = You must agree that the data are passed to the eHealth system
error-it-is-impossible-to-uniquely-identify-the-person = We could not identify the person. Contact support
error-relationship-not-confirmed = The link between you and the person you represent is not confirmed
error-submitted-document-type-is-not-allowed = This type of document is not accepted
error-user-is-blocked = This user is blocked
error-person-not-found = We could not identify the person. Contact support
error-person-who-initiates-registration-of-patient-must-be-submitted-as-confidant-person = The person who starts the registration must be named as the legal representative
error-person-with-cumulative-verification-status-verification-status-can-not-be-submitted-as-confidant = The person named as the legal representative has not been verified
error-confidant-person-must-have-active-authentication-method-with-type-otp-where-ended-at-is-equal-to-or-greater-than-current-date = The person named as the legal representative has no suitable authentication method
error-only-third-person-authentication-method-can-be-created-for-person = Authentication is only allowed through the legal representative
error-person-who-initiates-registration-of-patient-must-be-submitted-as-third-person = The person who authenticates is not the one who starts the registration

## By message: our own

error-registration-person-and-person-that-sign-should-be-the-same = The signature belongs to someone other than the person being registered
error-input-name-doesn-t-match-name-from-digital-signature = The name in the signature is not the name being registered
error-applicant-user-not-found = We could not identify the person who signed
error-applicant-person-not-found = We could not identify the person who signed
error-incorrect-applicant-person-age-for-such-an-action = We could not identify the person who signed
error-applicant-user-is-blocked = This user is blocked
error-digital-signature-timestamp-is-expired = The signed data are incorrect or out of date
error-invalid-access-token = The time to fill in the form has run out
error-unauthorized = The time to fill in the form has run out
error-your-scope-does-not-allow-action = This user has no right to do this
error-user-with-such-tax-id-already-exists = A user with this tax number already exists
error-confidant-person-and-signer-must-be-the-same = The person who starts the registration must be named as the legal representative
error-incorrect-person-age-for-such-an-action = Registration is not available at this age
error-signed-content-has-already-been-used = You have already completed this step
error-invalid-verification-code = The code is wrong
error-verification-code-expired = The code is out of date
error-maximum-attempts-exceed = Too many wrong codes
error-confidant-can-not-be-submitted-for-person-who-has-document-that-proves-legal-capacity = A legal representative cannot be named for a person whose document proves full legal capacity
error-patient-who-has-confidant-person-can-not-be-used-as-confidant-for-other-patients = A person who has a legal representative cannot represent others
error-relationship-between-confidant-patient-and-related-patient-already-exists = The link between these two people is already registered
error-invalid-birth-date = Check the date of birth: it is impossible
error-persons-who-refused-the-tax-id-should-be-without-tax-id = Remove the tax number: the person is said to have refused one
error-only-persons-who-refused-the-tax-id-could-be-without-tax-id = Give the tax number, or state that the person has none
error-unzr-or-birthdate-are-not-correct = Check the demographic register number (UNZR) and the date of birth: they do not match
error-unzr-is-mandatory-for-document-type-national-id = Give the demographic register number (UNZR): an identity card needs it
error-document-issued-date-should-be-in-the-past = Check the date of issue of the document: it is in the future
error-document-issued-date-should-greater-than-person-birth-date = Check the date of issue of the document: it is before the date of birth
error-document-expiration-date-should-be-in-future = The document has expired. Give a valid one
error-expiration-date-is-mandatory-for-document-type-document-type = Give the expiry date: a document of this type has one
error-person-can-have-only-new-passport-national-id-or-old-passport = Give only one passport: an identity card or an old-style passport
error-must-be-one-and-only-one-authentication-method = Give exactly one authentication method
error-addresses-with-type-residence-should-be-present = Give the address of residence
error-single-address-of-type-residence-is-required-got-number = Give only one address of residence
error-this-phone-number-is-present-more-than-limit-times-in-the-system = This phone number has been used as many times as is allowed. Give another one
error-this-fiduciary-person-is-present-more-than-limit-times-in-the-system = You represent as many patients as is allowed. Call the support
error-no-duplicate-values = The value is given twice. Keep one
error-must-contain-required-item = A child must have a birth certificate. Add it
error-client-is-blocked = The app is blocked

## Names of entries

entry-person-first-name = First name
entry-person-last-name = Last name
entry-person-second-name = Patronymic
entry-person-birth-date = Date of birth
entry-person-birth-country = Country of birth
entry-person-birth-settlement = Place of birth
entry-person-gender = Gender
entry-person-email = Email address
entry-person-no-tax-id = Has no tax number
entry-person-secret = Secret word
entry-person-documents = Documents
entry-person-documents-type = Document type
entry-person-documents-number = Document number
entry-person-documents-issued-by = Document issued by
entry-person-documents-issued-at = Document date of issue
entry-person-documents-expiration-date = Document expiry date
entry-person-addresses = Address
entry-person-addresses-type = Address type
entry-person-addresses-country = Address: country
entry-person-addresses-area = Address: region (oblast)
entry-person-addresses-region = Address: district
entry-person-addresses-settlement = Address: settlement
entry-person-addresses-settlement-type = Address: type of settlement
entry-person-addresses-settlement-id = Address: settlement identifier
entry-person-addresses-street-type = Address: type of street
entry-person-addresses-street = Address: street
entry-person-addresses-building = Address: building
entry-person-addresses-apartment = Address: apartment
entry-person-addresses-zip = Address: postal code
entry-person-phones = Phones
entry-person-phones-type = Phone type
entry-person-phones-number = Phone number
entry-person-authentication-methods = Authentication methods
entry-person-authentication-methods-type = Authentication method type
entry-person-authentication-methods-value = Authentication method value
entry-person-authentication-methods-alias = Authentication method name
entry-person-preferred-way-communication = Preferred way to be contacted
entry-person-confidant-person = Legal representative
entry-person-confidant-person-person-id = Legal representative: identifier
entry-person-confidant-person-documents-relationship = Document that proves the link with the legal representative
entry-person-confidant-person-documents-relationship-type = Legal representative: document type
entry-person-confidant-person-documents-relationship-number = Legal representative: document number
entry-person-confidant-person-documents-relationship-issued-by = Legal representative: document issued by
entry-person-confidant-person-documents-relationship-issued-at = Legal representative: document date of issue
entry-person-emergency-contact = Emergency contact
entry-person-emergency-contact-first-name = Emergency contact: first name
entry-person-emergency-contact-last-name = Emergency contact: last name
entry-person-emergency-contact-second-name = Emergency contact: patronymic
entry-person-emergency-contact-phones = Emergency contact: phones
entry-person-emergency-contact-phones-type = Emergency contact: phone type
entry-person-emergency-contact-phones-number = Emergency contact: phone number
entry-person-patient-signed = Patient has signed the request
entry-person-process-disclosure-data-consent = Consent to pass the data to the eHealth system
entry-person-tax-id = Tax number
entry-person-unzr = Demographic register number (UNZR)
entry-person-authentication-methods-phone-number = Authentication method: phone number
entry-person-confidant-person-relation-type = Legal representative: type
entry-jwt = One-time token

## Lists with too few items

minimum-person-documents = Give at least one document of the person being registered
minimum-person-addresses = Give at least one address
minimum-person-phones = Give at least one phone
minimum-person-authentication-methods = Give at least one authentication method
minimum-person-confidant-person-documents-relationship = Give at least one document of the legal representative
minimum-person-emergency-contact-phones = Give at least one phone of the emergency contact
