# Перевірка даних перед реєстрацією.

details-heading = Перевірте свої дані
details-heading-confidant = Перевірте дані пацієнта
details-for-whom = Ви реєструєте пацієнта як законний представник. Пацієнт: { $patient }.
details-lead = Застосунок { $client } надіслав ці дані, підписані вашим електронним підписом. Реєстрація відбудеться лише після того, як ви їх підтвердите.
details-until = Підтвердьте дані до { $time }.
details-expires-soon = До кінця дії сторінки залишилося менше двох хвилин.
details-print-button = Надрукувати або зберегти
details-identifiers = Службові ідентифікатори
details-identifiers-what = За ними реєстр розрізняє записи. Їх теж підписано.
details-change-heading = Помітили помилку?
details-change-why = Дані підписано, тому тут їх змінити не можна. Поверніться до застосунку, виправте дані й підпишіть їх знову.
details-change-button = Змінити в застосунку { $client }
details-decide-heading = Усе правильно?
details-decide-what = Після підтвердження дані буде внесено до реєстру пацієнтів.
details-decide-known = Після підтвердження ви отримаєте доступ.
details-decide-known-own = Після підтвердження ви увійдете.
details-known-child = Дитина вже є в реєстрі. Ви отримаєте доступ; дані в реєстрі не зміняться. Змінити їх може лікар.
details-known-patient = Пацієнт вже є в реєстрі. Ви отримаєте доступ; дані в реєстрі не зміняться. Змінити їх може лікар.
details-known-own = Ви вже є в реєстрі. Дані в реєстрі не зміняться. Змінити їх може лікар.
details-confirm-button = Підтвердити дані й продовжити
details-refused = Виправте дані в застосунку й підпишіть їх знову.
details-decline-button = Не підтверджувати

card-own = Особа
card-patient = Пацієнт
card-documents = Документи
card-addresses = Адреси
card-contacts = Контакти
card-methods = Спосіб підтвердження
card-emergency-contact = Контактна особа в екстреному випадку
card-confidant = Представник
card-consents = Згоди

tax-id-refused = Так, особа відмовилася від ІПН (РНОКПП)
tax-id-not-refused = Ні
secret-given = Вказано (тут не показуємо)
consent-given = Так, підписано
consent-not-given = Ні
phone-ends-with = закінчується на { $digits }

address-building = буд. { $number }
address-apartment = кв. { $number }
address-region = { $name } район
address-area = { $name } область
list-item = № { $number }
list-more = Ще { $number }: не показуємо
sent-heading = Дані, які надіслав застосунок
sent-what = Виправте їх у застосунку. Тут їх не збережено.

declined-heading = Ви не підтвердили дані
declined-text = Без підтвердження ми не можемо завершити реєстрацію. Дані не збережено.
declined-advice = Можна повернутися й перевірити дані ще раз або завершити та виправити їх у застосунку.
declined-back-button = Повернутися до перевірки даних
declined-leave-button = Завершити й повернутися до застосунку { $client }
declined-emergency = Якщо потрібна термінова медична допомога, телефонуйте { $phone }.
