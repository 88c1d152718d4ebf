# Words that every page shares.

language-name = English
service-short = eHealth
service-what = sign-in and registration
skip-to-main = Skip to main content

demo-title = Demonstration.
demo-text = There are no real patients here.

help-heading = Help
help-hours = every day, 8:00 to 20:00
printed = Page { $address }, { $day }, { $time }
accessibility-link = Accessibility
privacy-link = Personal data protection

error-summary-title = There is a problem
error-prefix = Error:{" "}
not-given = Not given

long-date = { $day } { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
