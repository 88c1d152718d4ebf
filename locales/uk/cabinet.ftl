# Реєстрація в кабінеті пацієнта.

cabinet-progress = Крок { $step } з 4
cabinet-until = Заповніть форму до { $time }.
cabinet-back = Повернутися на крок назад
cabinet-next-button = Продовжити
cabinet-leave = Не хочете реєструватися зараз?
cabinet-optional = (необовʼязково)
cabinet-choose = Виберіть

cabinet-details-heading = Заповніть дані про себе
cabinet-contacts-heading = Вкажіть контакти й адресу
cabinet-password-heading = Придумайте пароль
cabinet-locked-heading = Дані з id.gov.ua
cabinet-locked-why = Їх підтвердив id.gov.ua, тому тут їх змінити не можна.
cabinet-locked-wrong = Дані з id.gov.ua не вдається зареєструвати. Зверніться до служби підтримки

cabinet-group-birth = Особа
cabinet-group-document = Документ
cabinet-group-contacts = Контакти
cabinet-group-address = Адреса проживання
cabinet-group-emergency = Контактна особа в екстреному випадку
cabinet-group-consent = Згода на обробку персональних даних

cabinet-last-name = Прізвище
cabinet-first-name = Імʼя
cabinet-tax-id = РНОКПП
cabinet-second-name = По батькові
    .hint = Як у документі
cabinet-birth-date = Дата народження
    .hint = Наприклад, 19.08.1991
cabinet-birth-country = Країна народження
    .usual = Україна
cabinet-birth-settlement = Місце народження
cabinet-gender = Стать
cabinet-unzr = УНЗР
    .hint = Номер запису в реєстрі, наприклад, 19910819-12345. Є на ID-картці
cabinet-document-type = Тип документа
cabinet-document-number = Номер документа
    .hint = Серія й номер разом, наприклад, АА123456
cabinet-document-issued-by = Ким видано
cabinet-document-issued-at = Дата видачі
    .hint = Наприклад, 28.02.2017
cabinet-document-expiration-date = Дійсний до
    .hint = Якщо дату вказано в документі
cabinet-phone = Телефон для кодів із СМС
    .hint = Український номер. На нього надійде код
cabinet-email = Електронна пошта
cabinet-area = Область
cabinet-region = Район
cabinet-settlement-type = Тип населеного пункту
cabinet-settlement = Населений пункт
cabinet-street = Вулиця
    .hint = Наприклад, вул. Ніжинська
cabinet-building = Будинок
cabinet-apartment = Квартира
cabinet-zip = Індекс
cabinet-emergency-last-name = Прізвище контактної особи
cabinet-emergency-first-name = Імʼя контактної особи
cabinet-emergency-phone = Телефон контактної особи
cabinet-consent = Даю згоду на обробку моїх персональних даних в Електронній системі охорони здоровʼя

cabinet-fault-missing = Заповніть поле «{ $field }»
cabinet-fault-form = Перевірте поле «{ $field }»: так його записати не можна
cabinet-fault-date = Введіть дату в полі «{ $field }» як 19.08.1991
cabinet-fault-birth-date = Перевірте дату народження: вона не може бути в майбутньому або понад 150 років тому
cabinet-fault-unzr-of-another-day = УНЗР починається з іншої дати народження
cabinet-fault-unzr-missing = Введіть УНЗР: без нього ID-картку не зареєструвати
cabinet-fault-age = Зареєструватися можна з 14 років
cabinet-fault-another-email = Введіть ту саму адресу, що в id.gov.ua
cabinet-fault-email-taken = Ця адреса вже зареєстрована. Введіть іншу
cabinet-fault-email-of-another = Цю адресу вже має інша особа. Зверніться до служби підтримки
cabinet-fault-phone-taken = Цим номером уже користується забагато людей. Введіть інший
cabinet-fault-consent = Поставте позначку, щоб дати згоду на обробку даних

cabinet-password = Пароль
    .hint = Щонайменше { $min ->
        [one] { $min } символ
        [few] { $min } символи
       *[many] { $min } символів
    }, серед них велика й мала літери та цифра
cabinet-password-again = Пароль ще раз
cabinet-password-button = Отримати код із СМС
cabinet-password-missing = Введіть пароль
cabinet-password-short = Пароль закороткий: треба щонайменше { $number ->
        [one] { $number } символ
        [few] { $number } символи
       *[many] { $number } символів
    }
cabinet-password-long = Пароль задовгий: можна щонайбільше { $number ->
        [one] { $number } символ
        [few] { $number } символи
       *[many] { $number } символів
    }
cabinet-password-simple = Додайте до пароля велику й малу літери та цифру
cabinet-password-used = Цей пароль уже був. Придумайте інший
cabinet-password-differs = Паролі не збігаються
