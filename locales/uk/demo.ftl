# Вигаданий застосунок демонстрації.

romashka-name = Ромашка
romashka-what = вигаданий застосунок для батьків
romashka-demo = Застосунок, люди й підписи тут вигадані.
romashka-footer = Це не eHealth, а застосунок, який просить у нього доступ. Він працює за власною адресою, тож перехід між двома сайтами справжній.
romashka-again = До прикладів

romashka-cases = Зареєструйте дитину
romashka-cases-lead = Уявіть, що ви заповнили анкету дитини. Виберіть приклад: застосунок підпише дані вигаданим підписом і передасть вас до eHealth. Щоразу це інша дитина.
romashka-good = Реєстрація вдасться
romashka-entries = Інші входи
romashka-bad = Щось піде не так

case-ordinary = Звичайна дитина
    .text = Усе заповнено й підписано за ДСТУ 4145. Почніть звідси.
case-long-names = Апостроф і дуже довгі імена
    .text = Імена з різними апострофами по 255 знаків, дві адреси, два документи.
case-minimal = Лише обовʼязкове
    .text = Усе, чого можна не вказувати, пропущено.
case-by-form = Надіслати формою
    .text = Підписані дані можуть не вміститися в адресу. Тоді застосунок надсилає їх формою.
case-kupyna = Довший ключ
    .text = Геш «Купина» й крива m = 431.
case-ecdsa = Підпис ECDSA
    .text = Не ДСТУ 4145, а ECDSA на кривій P-256.
case-rsa = Підписує тато
    .text = Інший представник і підпис RSA.
case-own-sign-up = Зареєструвати себе
    .text = Вигаданий дорослий реєструє себе й вводить код із СМС. Код прийде на вигаданий телефон.
case-sign-in = Увійти
    .text = Мама вже зареєстрована й підписує одноразовий токен.
case-confidant-sign-in = Увійти замість дитини
    .text = Дитина вже зареєстрована, а мама має право діяти замість неї.
case-cabinet = Зареєструватися через id.gov.ua (заглушка)
    .text = Вигадана особа підтверджує себе на заглушці id.gov.ua й реєструється в кабінеті.
case-birth-date-missing = Без дати народження
    .text = Обовʼязкової дати немає, тож дані не пройдуть перевірки.
case-consent-refused = Без згоди
    .text = Згоди на обробку й передачу даних не надано.
case-broken-signature = Пошкоджений підпис
    .text = Під час передавання змінено один біт підпису.
case-expired-link = Прострочене посилання
    .text = Дані підписано добу тому.
case-another-signer = Підписав хтось інший
    .text = Увійшла мама, а підписав тато.
case-expired-token = Час входу минув
    .text = Токен представника вже не діє.
case-unknown-address = Чужа адреса повернення
    .text = Застосунок просить повернути вас на адресу, якої він не зареєстрував.

romashka-send = Дані підписано
romashka-send-lead = Залишилося передати їх до eHealth. Там ви перевірите дані й вирішите, чи надати доступ.
romashka-send-button = Перейти до eHealth

romashka-granted = Дитину зареєстровано
romashka-granted-own = Вас зареєстровано
romashka-signed-in = Ви увійшли
romashka-granted-lead = eHealth повернув код, і застосунок обміняв його на токени. Справжній застосунок їх не показує.
romashka-got = Що отримав застосунок
romashka-access-token = Токен доступу
romashka-refresh-token = Токен оновлення
romashka-scope = Дозволи
romashka-expires = Токен доступу діє до
romashka-until = { $day }, { $time }
romashka-person = Пацієнт
romashka-user = Користувач
romashka-applicant = Представник
romashka-use = Що можна з ними зробити
romashka-use-person = Прочитати дані дитини
romashka-use-own = Прочитати свої дані
romashka-use-refresh = Оновити токен
romashka-use-end = Завершити доступ
romashka-answer = Відповідь eHealth
romashka-silent = Сервіс не відповів.

romashka-returned = Що повернув eHealth
romashka-denied = Доступ не надано
    .text = Застосунок не отримав ні коду, ні токена.
romashka-invalid = Запит не прийнято
    .text = eHealth не прийняв того, що надіслав застосунок.
romashka-unavailable = eHealth не зміг відповісти
    .text = Спробуйте ще раз за кілька хвилин.

romashka-not-found = Такої сторінки тут немає
    .text = Перевірте адресу або поверніться до прикладів.
romashka-unknown-state = Застосунок не впізнав відповіді
    .text = Цю відповідь почали не в цьому браузері або так давно, що застосунок про неї забув. Тому її відкинуто.
romashka-not-back = Ви ще не повернулися
    .text = Застосунок чекає на відповідь eHealth. Завершіть там почате або почніть інший приклад.
romashka-not-exchanged = Код не вдалося обміняти
    .text = eHealth видав код, але відмовився обміняти його на токени. Ось його відповідь.
romashka-broken = Приклад не вдалося підготувати
    .text = Подробиці записано в журнал програми.

romashka-phone-link = Телефон із СМС
romashka-phone = Телефон
romashka-phone-lead = СМС, які надіслав eHealth. Справжній застосунок їх не бачить.
romashka-phone-silent = Ще нічого не надійшло.
romashka-phone-at = о { $time }

romashka-govid = Заглушка id.gov.ua
romashka-govid-lead = Виберіть, ким ви будете. Справжній id.gov.ua попросив би підпис або BankID.
romashka-govid-new = Нова особа
romashka-govid-without-email = Нова особа без електронної пошти
romashka-govid-mother = Мама, яка вже зареєстрована
romashka-govid-without-tax-id = Особа без РНОКПП
romashka-govid-nobody = Не підтверджувати
