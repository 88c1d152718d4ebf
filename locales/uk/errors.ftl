### Errors of the API as people read them, and the names of the fields.
### Texts and spellings of the source are kept character for character (signup 12).
### Keys are derived in src/sign_up/translation.rs.

## By rule

error-internal = Внутрішня помилка. Вибачте за тимчасові незручності
error-required = Обовʼязковий атрибут "{ $property }" відсутній
error-value = Некоректне значення атрибуту "{ $name }"
error-inclusion = Недопустиме значення атрибуту "{ $name }"
error-schema = Зайвий атрибут "{ $entry }"

## By message: from the source

error-user-data-missing = Відсутні дані для реєстрації
error-invalid-signed-content = Підписаний контент некоректний або прострочений.
error-jwt-is-invalid = Підписаний контент некоректний або прострочений.
error-unable-to-authenticate-signer = Не вдалося ідентифікувати підписанта
error-expected-true-but-got-false-for-attribute-patient-signed = Користувач повинен погодитись з підписанням даних
error-expected-true-but-got-false-for-attribute-process-disclosure-data-consent = Користувач повинен погодитись з передачею даних в ЄСОЗ
error-it-is-impossible-to-uniquely-identify-the-person = Не вдалося ідентифікувати персону. Зверніться до служби підтримки
error-relationship-not-confirmed = Звʼязок між авторизованою особою і довіреною особою не підтверджено
error-submitted-document-type-is-not-allowed = Некоректний тип документу
error-user-is-blocked = Користувача заблоковано
error-person-not-found = Не вдалося ідентифікувати персону. Зверніться до служби підтримки
error-person-who-initiates-registration-of-patient-must-be-submitted-as-confidant-person = Особа що створює запит на реєстрацію має бути вказана як законний представник
error-person-with-cumulative-verification-status-verification-status-can-not-be-submitted-as-confidant = Особа яка вказана як законний представник не верифікована
error-confidant-person-must-have-active-authentication-method-with-type-otp-where-ended-at-is-equal-to-or-greater-than-current-date = Не коректний метод авторизації особи що вказана як законний представник
error-only-third-person-authentication-method-can-be-created-for-person = Дозволена авторизація тільки через законного представника
error-person-who-initiates-registration-of-patient-must-be-submitted-as-third-person = Не коректний ідентифікатор особи що автенторизує дії

## By message: our own

error-registration-person-and-person-that-sign-should-be-the-same = Дані з підпису не співпадають з даними для реєстрації
error-input-name-doesn-t-match-name-from-digital-signature = Дані з підпису не співпадають з даними для реєстрації
error-applicant-user-not-found = Не вдалося ідентифікувати підписанта
error-applicant-person-not-found = Не вдалося ідентифікувати підписанта
error-incorrect-applicant-person-age-for-such-an-action = Не вдалося ідентифікувати підписанта
error-applicant-user-is-blocked = Користувача заблоковано
error-digital-signature-timestamp-is-expired = Підписаний контент некоректний або прострочений.
error-invalid-access-token = Час заповнення форми вичерпався.
error-unauthorized = Час заповнення форми вичерпався.
error-your-scope-does-not-allow-action = У даного користувача недостатньо прав для доступу
error-user-with-such-tax-id-already-exists = Користувач з таким ідентифікаційним номером вже існує.
error-confidant-person-and-signer-must-be-the-same = Особа що створює запит на реєстрацію має бути вказана як законний представник
error-incorrect-person-age-for-such-an-action = Реєстрація за віком недоступна
error-signed-content-has-already-been-used = Ви вже завершили цей крок
error-invalid-verification-code = Код неправильний
error-verification-code-expired = Час дії коду минув
error-maximum-attempts-exceed = Забагато неправильних кодів
error-confidant-can-not-be-submitted-for-person-who-has-document-that-proves-legal-capacity = Для особи з документом про повну дієздатність не можна вказати законного представника
error-patient-who-has-confidant-person-can-not-be-used-as-confidant-for-other-patients = Особа, яка сама має законного представника, не може представляти інших
error-relationship-between-confidant-patient-and-related-patient-already-exists = Звʼязок між цими особами вже зареєстровано
error-invalid-birth-date = Перевірте дату народження: такої не може бути
error-persons-who-refused-the-tax-id-should-be-without-tax-id = Приберіть ІПН: вказано, що особа відмовилася від нього
error-only-persons-who-refused-the-tax-id-could-be-without-tax-id = Укажіть ІПН або ознаку його відсутності
error-unzr-or-birthdate-are-not-correct = Перевірте УНЗР і дату народження: вони не збігаються
error-unzr-is-mandatory-for-document-type-national-id = Укажіть УНЗР: він потрібен для біометричного паспорта
error-document-issued-date-should-be-in-the-past = Перевірте дату видачі документа: вона ще не настала
error-document-issued-date-should-greater-than-person-birth-date = Перевірте дату видачі документа: вона раніша за дату народження
error-document-expiration-date-should-be-in-future = Строк дії документа минув. Укажіть чинний документ
error-expiration-date-is-mandatory-for-document-type-document-type = Укажіть дату закінчення дії: документ цього типу її має
error-person-can-have-only-new-passport-national-id-or-old-passport = Укажіть лише один паспорт: біометричний або старого зразка
error-must-be-one-and-only-one-authentication-method = Укажіть один метод автентифікації
error-addresses-with-type-residence-should-be-present = Укажіть адресу проживання
error-single-address-of-type-residence-is-required-got-number = Укажіть лише одну адресу проживання
error-this-phone-number-is-present-more-than-limit-times-in-the-system = Цей номер телефону вже використано найбільшу дозволену кількість разів. Укажіть інший
error-this-fiduciary-person-is-present-more-than-limit-times-in-the-system = Ви вже представляєте найбільшу дозволену кількість пацієнтів. Зателефонуйте до служби підтримки
error-no-duplicate-values = Значення вказано двічі. Залиште одне
error-must-contain-required-item = Для дитини потрібне свідоцтво про народження. Додайте його
error-client-is-blocked = Застосунок заблоковано

## Names of entries

entry-person-first-name = Імʼя
entry-person-last-name = Прізвище
entry-person-second-name = По-батькові
entry-person-birth-date = Дата народження
entry-person-birth-country = Країна народження
entry-person-birth-settlement = Місце народження
entry-person-gender = Стать
entry-person-email = Адреса електронної пошти
entry-person-no-tax-id = Ознака відсутності ІПН
entry-person-secret = Кодове слово
entry-person-documents = Документи
entry-person-documents-type = Тип документу
entry-person-documents-number = Номер документу
entry-person-documents-issued-by = Місце видачі документу
entry-person-documents-issued-at = Дата видачі документу
entry-person-documents-expiration-date = Дата закінчення дії документу
entry-person-addresses = Адреса
entry-person-addresses-type = Тип адреси
entry-person-addresses-country = Країна прописки (проживання)
entry-person-addresses-area = Область прописки (проживання)
entry-person-addresses-region = Район прописки (проживання)
entry-person-addresses-settlement = Населений пункт прописки (проживання)
entry-person-addresses-settlement-type = Тип населеного пункту прописки (проживання)
entry-person-addresses-settlement-id = Ідентифікатор населеного пункту прописки (проживання)
entry-person-addresses-street-type = Тип вулиці прописки (проживання)
entry-person-addresses-street = Вулиця прописки (проживання)
entry-person-addresses-building = Будинок прописки (проживання)
entry-person-addresses-apartment = Квартира прописки (проживання)
entry-person-addresses-zip = Поштовий індекс прописки (проживання)
entry-person-phones = Телефони
entry-person-phones-type = Тип телефону
entry-person-phones-number = Номер телефону
entry-person-authentication-methods = Методи автентифікації
entry-person-authentication-methods-type = Тип методу автентифікації
entry-person-authentication-methods-value = Значення методу автентифікації
entry-person-authentication-methods-alias = Найменування методу автентифікації
entry-person-preferred-way-communication = Бажаний спосіб комунікації
entry-person-confidant-person = Довірена особа
entry-person-confidant-person-person-id = Ідентифікатор довіреної особи
entry-person-confidant-person-documents-relationship = Документ що підтверджує звʼязок з довіреною особою
entry-person-confidant-person-documents-relationship-type = Тип документу довіреної особи
entry-person-confidant-person-documents-relationship-number = Номер документу довіреної особи
entry-person-confidant-person-documents-relationship-issued-by = Місце видачі документу довіреної особи
entry-person-confidant-person-documents-relationship-issued-at = Дата видачі документу довіреної особи
entry-person-emergency-contact = Контактна особа для екстрених випадків
entry-person-emergency-contact-first-name = Імʼя контактної особи для екстрених випадків
entry-person-emergency-contact-last-name = Прізвище контактної особи для екстрених випадків
entry-person-emergency-contact-second-name = По-батькові контактної особи для екстрених випадків
entry-person-emergency-contact-phones = Телефони контактної особи для екстрених випадків
entry-person-emergency-contact-phones-type = Тип телефону контактної особи для екстрених випадків
entry-person-emergency-contact-phones-number = Номер телефону контактної особи для екстрених випадків
entry-person-patient-signed = Ознака підпису запиту пацієнтом
entry-person-process-disclosure-data-consent = Згода з передачею даних в ЕСОЗ
entry-person-tax-id = ІПН
entry-person-unzr = УНЗР
entry-person-authentication-methods-phone-number = Номер телефону методу автентифікації
entry-person-confidant-person-relation-type = Тип законного представника
entry-jwt = Одноразовий токен

## Lists with too few items

minimum-person-documents = Мінімум один документ особи що реєструється має бути вказаний
minimum-person-addresses = Мінімум одна адреса має бути вказана
minimum-person-phones = Мінімум один телефон має бути вказаний
minimum-person-authentication-methods = Мінімум один метод автентифікації має бути вказаний
minimum-person-confidant-person-documents-relationship = Мінімум один документ законного представника має бути вказаний
minimum-person-emergency-contact-phones = Мінімум один телефон контактної особи для екстрених випадків має бути вказаний
