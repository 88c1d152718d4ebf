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
cabinet-locked-wrong = Дані з id.gov.ua не вдається зареєструвати
cabinet-locked-help = Зателефонуйте за номером { $phone }: ми підкажемо, що робити далі.

cabinet-group-birth = Особа
cabinet-group-document = Документ
cabinet-group-contacts = Контакти
cabinet-group-address = Адреса проживання
cabinet-group-emergency = Контактна особа в екстреному випадку
cabinet-group-consent = Згода на обробку персональних даних

cabinet-last-name = Прізвище
cabinet-first-name = Імʼя
cabinet-tax-id = РНОКПП
    .short = РНОКПП
    .full = реєстраційний номер облікової картки платника податків
cabinet-second-name = По батькові
    .hint = Як у документі
cabinet-birth-date = Дата народження
    .hint = Наприклад, 19.08.1991
cabinet-birth-country = Країна народження
    .usual = Україна
cabinet-birth-settlement = Місце народження
cabinet-gender = Стать
cabinet-unzr = УНЗР
    .hint = Номер запису в реєстрі, наприклад, 19910819-12345. Для ID-картки — обовʼязково
    .short = УНЗР
    .full = унікальний номер запису в реєстрі
cabinet-document-type = Тип документа
cabinet-document-number = Номер документа
    .hint = Серія й номер разом, наприклад, АА123456. В ID-картки — лише 9 цифр
cabinet-document-issued-by = Ким видано
cabinet-document-issued-at = Дата видачі
    .hint = Наприклад, 28.02.2017
cabinet-document-expiration-date = Дійсний до
    .hint = Для ID-картки — обовʼязково, для інших — якщо дату вказано в документі
cabinet-phone = Телефон для кодів із СМС
    .hint = Український номер. На нього надійде код
cabinet-email = Електронна пошта
    .account = З нею ви входитимете до кабінету
cabinet-area = Область
cabinet-region = Район
cabinet-settlement-type = Тип населеного пункту
cabinet-settlement = Населений пункт
cabinet-street = Вулиця
    .hint = Наприклад, { $example }
    .example = вул. Ніжинська
cabinet-building = Будинок
cabinet-apartment = Квартира
cabinet-zip = Індекс
cabinet-emergency-last-name = Прізвище контактної особи
cabinet-emergency-first-name = Імʼя контактної особи
cabinet-emergency-phone = Телефон контактної особи
cabinet-consent = Даю згоду на обробку моїх персональних даних в Електронній системі охорони здоровʼя

cabinet-fault-missing = Заповніть поле «{ $field }»
cabinet-fault-long = Скоротіть поле «{ $field }»: можна щонайбільше { $most } символів
cabinet-fault-date = Введіть дату в полі «{ $field }» як 19.08.1991
cabinet-fault-no-such-day = Такого дня немає. Перевірте поле «{ $field }»
cabinet-fault-birth-date = Перевірте дату народження: вона не може бути в майбутньому або понад 150 років тому
cabinet-fault-unzr-of-another-day = УНЗР починається з іншої дати народження
cabinet-fault-unzr-missing = Введіть УНЗР: без нього ID-картку не зареєструвати
cabinet-fault-age = Зареєструватися можна з 14 років
cabinet-fault-another-email = Введіть ту саму адресу, що в id.gov.ua
cabinet-fault-email-taken = Ця адреса вже зареєстрована. Введіть іншу
cabinet-fault-email-of-another = Цю адресу вже має інша особа
cabinet-fault-phone-taken = Цим номером уже користується забагато людей. Введіть інший
cabinet-fault-consent = Поставте позначку, щоб дати згоду на обробку даних

cabinet-form-text = Залиште в полі «{ $field }» лише літери, цифри й розділові знаки
cabinet-form-name = Пишіть у полі «{ $field }» українськими літерами
cabinet-form-place = Пишіть у полі «{ $field }» українськими літерами, без знаків на кшталт @, # чи %
cabinet-form-building = Почніть поле «{ $field }» із цифри, наприклад, 15 або 15/2
cabinet-form-zip = Введіть у полі «{ $field }» 5 цифр, наприклад, 02090
cabinet-form-unzr = Введіть УНЗР як 19910819-12345
cabinet-form-email = Введіть адресу як name@example.com
cabinet-form-phone = Введіть номер у полі «{ $field }» як +380 50 123 45 67
cabinet-form-choice = Виберіть значення зі списку «{ $field }»
cabinet-form-number = Введіть номер документа: від 2 до 25 символів
cabinet-form-number-series = Введіть номер документа як АА123456: дві українські літери й 6 цифр
cabinet-form-number-card = Введіть номер ID-картки: 9 цифр
cabinet-form-number-permit = Введіть номер документа як АА123456 або 9 цифр
cabinet-form-number-certificate = Введіть номер документа: від 2 до 25 великих літер і цифр, без пробілів і крапок

cabinet-password = Пароль
    .hint = Щонайменше { $min ->
        [one] { $min } символ
        [few] { $min } символи
       *[many] { $min } символів
    }, серед них велика й мала літери та цифра. Літери — українські або латинські
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
cabinet-password-simple = Додайте до пароля велику й малу літери, українські або латинські, і цифру
cabinet-password-used = Цей пароль уже був. Придумайте інший
cabinet-password-differs = Паролі не збігаються
