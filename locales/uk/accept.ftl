# Надання доступу застосунку.

accept-title = Надання доступу
accept-heading = Надати доступ застосунку { $client }?
accept-signed-in = Ви увійшли як { $name }.
accept-signed-in-confidant = Ви увійшли як { $name }. Ви дієте як законний представник. Пацієнт: { $patient }.
accept-others-ended = Раніше за вас діяв інший представник. Його доступ припинено.
accept-client-heading = Хто просить доступ
label-client-name = Застосунок
label-client-domain = Сайт
label-client-owner = Власник
accept-can = { $client } зможе:
accept-whose-own = Доступ стосується ваших даних.
accept-whose-patient = Чиї це дані: { $patient }.
accept-sensitive = Чутливі дані
accept-cannot = { $client } не зможе:
accept-cannot-sign = підписувати документи замість вас
accept-cannot-more = робити щось, крім переліченого вище
accept-valid-until = Доступ діє до { $day }.
accept-not-you = Якщо ви не починали цієї дії в застосунку { $client }, натисніть «Не надавати».
accept-confirm-button = Надати доступ
accept-decline-button = Не надавати
