# Registration in the patient cabinet.

cabinet-progress = Step { $step } of 4
cabinet-until = Fill in the form by { $time }.
cabinet-back = Back to the previous step
cabinet-next-button = Continue
cabinet-leave = Do not want to register now?
cabinet-optional = (optional)
cabinet-choose = Choose

cabinet-details-heading = Enter your details
cabinet-contacts-heading = Enter your contacts and address
cabinet-password-heading = Choose a password
cabinet-locked-heading = Data from id.gov.ua
cabinet-locked-why = They were confirmed by id.gov.ua and cannot be changed here.
cabinet-locked-wrong = The data from id.gov.ua cannot be registered
cabinet-locked-help = Call { $phone }: we will tell you what to do next.

cabinet-group-birth = Person
cabinet-group-document = Document
cabinet-group-contacts = Contacts
cabinet-group-address = Address where you live
cabinet-group-emergency = Emergency contact
cabinet-group-consent = Consent to the processing of personal data

cabinet-last-name = Last name
cabinet-first-name = First name
cabinet-tax-id = Tax number (RNOKPP)
    .short = RNOKPP
    .full = registration number of the taxpayer’s record card
cabinet-second-name = Patronymic
    .hint = As in the document
cabinet-birth-date = Date of birth
    .hint = For example, 19.08.1991
cabinet-birth-country = Country of birth
    .usual = Україна
cabinet-birth-settlement = Place of birth
cabinet-gender = Sex
cabinet-unzr = UNZR
    .hint = Number of the record in the register, for example, 19910819-12345. Required for an ID card
    .short = UNZR
    .full = unique number of the record in the register
cabinet-document-type = Type of document
cabinet-document-number = Number of the document
    .hint = Series and number together: two Ukrainian letters and 6 digits. An ID card has only 9 digits
cabinet-document-issued-by = Issued by
cabinet-document-issued-at = Date of issue
    .hint = For example, 28.02.2017
cabinet-document-expiration-date = Valid until
    .hint = Required for an ID card; for others, if the document says so
cabinet-phone = Phone for codes by SMS
    .hint = A Ukrainian number. The code is sent to it
cabinet-email = E-mail
    .account = You will sign in to the cabinet with it
cabinet-area = Region (oblast)
cabinet-region = District (raion)
cabinet-settlement-type = Type of settlement
cabinet-settlement = Settlement
cabinet-street = Street
    .hint = For example, { $example }
    .example = вул. Ніжинська
cabinet-building = Building
cabinet-apartment = Apartment
cabinet-zip = Postcode
cabinet-emergency-last-name = Last name of the contact
cabinet-emergency-first-name = First name of the contact
cabinet-emergency-phone = Phone of the contact
cabinet-consent = I consent to the processing of my personal data in the Electronic Health System

cabinet-fault-missing = Fill in “{ $field }”
cabinet-fault-long = Shorten “{ $field }”: it may have at most { $most } characters
cabinet-fault-date = Enter the date in “{ $field }” as 19.08.1991
cabinet-fault-no-such-day = There is no such day. Check “{ $field }”
cabinet-fault-birth-date = Check the date of birth: it cannot be in the future or more than 150 years ago
cabinet-fault-unzr-of-another-day = The UNZR begins with another date of birth
cabinet-fault-unzr-missing = Enter the UNZR: an ID card cannot be registered without it
cabinet-fault-age = You can register from the age of 14
cabinet-fault-another-email = Enter the same address as at id.gov.ua
cabinet-fault-email-taken = This address is registered already. Enter another one
cabinet-fault-email-of-another = Another person has this address
cabinet-fault-phone-taken = Too many people use this number. Enter another one
cabinet-fault-consent = Tick the box to consent to the processing of data

cabinet-form-text = Leave only letters, digits and punctuation in “{ $field }”
cabinet-form-name = Write “{ $field }” in Ukrainian letters
cabinet-form-place = Write “{ $field }” in Ukrainian letters, without signs such as @, # or %
cabinet-form-building = Begin “{ $field }” with a digit, for example, 15 or 15/2
cabinet-form-zip = Enter 5 digits in “{ $field }”, for example, 02090
cabinet-form-unzr = Enter the UNZR as 19910819-12345
cabinet-form-email = Enter the address as name@example.com
cabinet-form-phone = Enter the number in “{ $field }” as +380 50 123 45 67
cabinet-form-choice = Choose a value from the list “{ $field }”
cabinet-form-number = Enter the number of the document: 2 to 25 characters
cabinet-form-number-series = Enter the number of the document: two Ukrainian letters and 6 digits
cabinet-form-number-card = Enter the number of the ID card: 9 digits
cabinet-form-number-permit = Enter the number of the document: two Ukrainian letters and 6 digits, or 9 digits
cabinet-form-number-certificate = Enter the number of the document: 2 to 25 capital letters and digits, without spaces and full stops

cabinet-password = Password
    .hint = At least { $min ->
        [one] { $min } character
       *[other] { $min } characters
    }, with a capital letter, a small letter and a digit. Letters may be Latin or Ukrainian
cabinet-password-again = Password again
cabinet-password-button = Get a code by SMS
cabinet-password-missing = Enter a password
cabinet-password-short = The password is too short: it needs at least { $number ->
        [one] { $number } character
       *[other] { $number } characters
    }
cabinet-password-long = The password is too long: it may have at most { $number ->
        [one] { $number } character
       *[other] { $number } characters
    }
cabinet-password-simple = Add a capital letter, a small letter, Latin or Ukrainian, and a digit to the password
cabinet-password-used = This password was used before. Choose another one
cabinet-password-differs = The passwords do not match
