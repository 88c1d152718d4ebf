# Код із СМС.

code-heading = Введіть код із СМС
code-back = Повернутися до перевірки даних
code-sent-to = Ми надіслали код на номер, що закінчується на
code-minutes = Код діє { $minutes ->
        [one] { $minutes } хвилину
        [few] { $minutes } хвилини
       *[many] { $minutes } хвилин
    }.
code-late = Інколи СМС надходить за кілька хвилин.
code-label = Код із СМС
code-hint = { $digits ->
        [one] { $digits } цифра
        [few] { $digits } цифри
       *[many] { $digits } цифр
    }
code-confirm-button = Підтвердити
code-sent-again = Новий код надіслано о { $time }. Попередній код більше не діє.
code-help = Не надійшов код?
code-help-signal = Перевірте, чи є сигнал мережі.
code-next = Новий код можна замовити після { $time }.
code-resend-button = Надіслати код ще раз
code-not-mine = Змінити номер можна в застосунку { $client }.
code-change-number = Змінити номер
code-not-mine-button = Це не мій номер
code-error-empty = Введіть код із СМС
code-error-length = Код складається з { $digits ->
        [one] { $digits } цифри
       *[many] { $digits } цифр
    }
code-error-letters = Введіть код лише цифрами
code-error-wrong = Код неправильний. { $left ->
        [one] Залишилося: { $left } спроба
        [few] Залишилося: { $left } спроби
       *[many] Залишилося: { $left } спроб
    }
code-error-expired = Час дії коду минув. Замовте новий код
code-error-used = Цей код уже не діє. Замовте новий код
code-error-too-soon = Новий код можна замовити о { $time }
code-error-not-sent = Не вдалося надіслати СМС. Спробуйте ще раз за кілька хвилин.
