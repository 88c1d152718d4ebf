# Слова, спільні для всіх сторінок.

language-name = Українська
service-short = eHealth
service-what = вхід і реєстрація
skip-to-main = Перейти до основного вмісту

demo-title = Демонстрація.
demo-text = Справжніх пацієнтів тут немає.

help-heading = Допомога
help-hours = щодня з 8:00 до 20:00
printed = Сторінка { $address }, { $day }, { $time }
accessibility-link = Доступність
privacy-link = Захист персональних даних

error-summary-title = Виникла проблема
error-prefix = Помилка:{" "}
not-given = Не вказано

long-date = { $day } { $month } { $year } року
month-1 = січня
month-2 = лютого
month-3 = березня
month-4 = квітня
month-5 = травня
month-6 = червня
month-7 = липня
month-8 = серпня
month-9 = вересня
month-10 = жовтня
month-11 = листопада
month-12 = грудня
