//! The tables of signup 12, to the character.

/// signup 12.1, the seed's table.
pub(super) const MESSAGES: &[(&str, &str)] = &[
    ("user_data missing", "Відсутні дані для реєстрації"),
    (
        "Invalid signed content.",
        "Підписаний контент некоректний або прострочений.",
    ),
    (
        "JWT is invalid.",
        "Підписаний контент некоректний або прострочений.",
    ),
    (
        "Unable to authenticate signer",
        "Не вдалося ідентифікувати підписанта",
    ),
    (
        "expected true but got false for attribute patient_signed",
        "Користувач повинен погодитись з підписанням даних",
    ),
    (
        "expected true but got false for attribute process_disclosure_data_consent",
        "Користувач повинен погодитись з передачею даних в ЄСОЗ",
    ),
    (
        "It is impossible to uniquely identify the person.",
        "Не вдалося ідентифікувати персону. Зверніться до служби підтримки",
    ),
    (
        "Relationship not confirmed",
        "Звʼязок між авторизованою особою і довіреною особою не підтверджено",
    ),
    (
        "Submitted document type is not allowed",
        "Некоректний тип документу",
    ),
    ("User is blocked.", "Користувача заблоковано"),
    (
        "Person not found.",
        "Не вдалося ідентифікувати персону. Зверніться до служби підтримки",
    ),
    (
        "Person who initiates registration of patient must be submitted as confidant person",
        "Особа що створює запит на реєстрацію має бути вказана як законний представник",
    ),
    (
        "Person with cumulative verification status <verification_status> can not be submitted as confidant",
        "Особа яка вказана як законний представник не верифікована",
    ),
    (
        "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date",
        "Не коректний метод авторизації особи що вказана як законний представник",
    ),
    (
        "Only THIRD_PERSON authentication method can be created for person",
        "Дозволена авторизація тільки через законного представника",
    ),
    (
        "Person who initiates registration of patient must be submitted as THIRD_PERSON",
        "Не коректний ідентифікатор особи що автенторизує дії",
    ),
];

/// signup 12.1 after the table; the last from decisions 1.
pub(super) const OWN_MESSAGES: &[(&str, &str)] = &[
    (
        "Registration person and person that sign should be the same",
        "Дані з підпису не співпадають з даними для реєстрації",
    ),
    (
        "Input name doesn't match name from digital signature",
        "Дані з підпису не співпадають з даними для реєстрації",
    ),
    (
        "Applicant user not found.",
        "Не вдалося ідентифікувати підписанта",
    ),
    (
        "Applicant person not found.",
        "Не вдалося ідентифікувати підписанта",
    ),
    (
        "Incorrect applicant person age for such an action.",
        "Не вдалося ідентифікувати підписанта",
    ),
    ("Applicant user is blocked.", "Користувача заблоковано"),
    (
        "Digital signature timestamp is expired",
        "Підписаний контент некоректний або прострочений.",
    ),
    ("Invalid access token", "Час заповнення форми вичерпався."),
    ("Unauthorized", "Час заповнення форми вичерпався."),
    (
        "Your scope does not allow <action>",
        "У даного користувача недостатньо прав для доступу",
    ),
    (
        "User with such tax_id already exists",
        "Користувач з таким ідентифікаційним номером вже існує.",
    ),
    (
        "Confidant person and signer must be the same",
        "Особа що створює запит на реєстрацію має бути вказана як законний представник",
    ),
    (
        "Incorrect person age for such an action",
        "Реєстрація за віком недоступна",
    ),
    (
        "Signed content has already been used",
        "Ви вже завершили цей крок",
    ),
];

/// signup 12.3, the seed's table.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("$.person.first_name", "Імʼя"),
    ("$.person.last_name", "Прізвище"),
    ("$.person.second_name", "По-батькові"),
    ("$.person.birth_date", "Дата народження"),
    ("$.person.birth_country", "Країна народження"),
    ("$.person.birth_settlement", "Місце народження"),
    ("$.person.gender", "Стать"),
    ("$.person.email", "Адреса електронної пошти"),
    ("$.person.no_tax_id", "Ознака відсутності ІПН"),
    ("$.person.secret", "Кодове слово"),
    ("$.person.documents", "Документи"),
    ("$.person.documents.[0].type", "Тип документу"),
    ("$.person.documents.[0].number", "Номер документу"),
    ("$.person.documents.[0].issued_by", "Місце видачі документу"),
    ("$.person.documents.[0].issued_at", "Дата видачі документу"),
    (
        "$.person.documents.[0].expiration_date",
        "Дата закінчення дії документу",
    ),
    ("$.person.addresses", "Адреса"),
    ("$.person.addresses.[0].type", "Тип адреси"),
    (
        "$.person.addresses.[0].country",
        "Країна прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].area",
        "Область прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].region",
        "Район прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].settlement",
        "Населений пункт прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].settlement_type",
        "Тип населеного пункту прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].settlement_id",
        "Ідентифікатор населеного пункту прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].street_type",
        "Тип вулиці прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].street",
        "Вулиця прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].building",
        "Будинок прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].apartment",
        "Квартира прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].zip",
        "Поштовий індекс прописки (проживання)",
    ),
    ("$.person.phones", "Телефони"),
    ("$.person.phones.[0].type", "Тип телефону"),
    ("$.person.phones.[0].number", "Номер телефону"),
    ("$.person.authentication_methods", "Методи автентифікації"),
    (
        "$.person.authentication_methods.[0].type",
        "Тип методу автентифікації",
    ),
    (
        "$.person.authentication_methods.[0].value",
        "Значення методу автентифікації",
    ),
    (
        "$.person.authentication_methods.[0].alias",
        "Найменування методу автентифікації",
    ),
    (
        "$.person.preferred_way_communication",
        "Бажаний спосіб комунікації",
    ),
    ("$.person.confidant_person", "Довірена особа"),
    (
        "$.person.confidant_person.person_id",
        "Ідентифікатор довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship",
        "Документ що підтверджує звʼязок з довіреною особою",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].type",
        "Тип документу довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].number",
        "Номер документу довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].issued_by",
        "Місце видачі документу довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].issued_at",
        "Дата видачі документу довіреної особи",
    ),
    (
        "$.person.emergency_contact",
        "Контактна особа для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.first_name",
        "Імʼя контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.last_name",
        "Прізвище контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.second_name",
        "По-батькові контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.phones",
        "Телефони контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.phones.[0].type",
        "Тип телефону контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.phones.[0].number",
        "Номер телефону контактної особи для екстрених випадків",
    ),
    ("$.person.patient_signed", "Ознака підпису запиту пацієнтом"),
    (
        "$.person.process_disclosure_data_consent",
        "Згода з передачею даних в ЕСОЗ",
    ),
];

/// signup 12.3 after the table.
pub(super) const OWN_NAMES: &[(&str, &str)] = &[
    ("$.person.tax_id", "ІПН"),
    ("$.person.unzr", "УНЗР"),
    (
        "$.person.authentication_methods.[0].phone_number",
        "Номер телефону методу автентифікації",
    ),
    (
        "$.person.confidant_person.relation_type",
        "Тип законного представника",
    ),
    ("$.jwt", "Одноразовий токен"),
];

/// signup 12.4, the seed's table.
pub(super) const TOO_FEW: &[(&str, &str)] = &[
    (
        "$.person.documents",
        "Мінімум один документ особи що реєструється має бути вказаний",
    ),
    ("$.person.addresses", "Мінімум одна адреса має бути вказана"),
    ("$.person.phones", "Мінімум один телефон має бути вказаний"),
    (
        "$.person.authentication_methods",
        "Мінімум один метод автентифікації має бути вказаний",
    ),
    (
        "$.person.confidant_person.documents_relationship",
        "Мінімум один документ законного представника має бути вказаний",
    ),
    (
        "$.person.emergency_contact.phones",
        "Мінімум один телефон контактної особи для екстрених випадків має бути вказаний",
    ),
];
