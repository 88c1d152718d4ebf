# Small pages that are the same for everyone.

home-heading = Patient sign-in and registration
home-lead = Here patients and their representatives confirm their details and decide which apps get access.
home-begin-heading = Start in your app
home-step-app = Open your health app and choose registration or sign-in.
home-step-sign = Sign the data with your electronic signature. The app opens the right page here by itself.
home-step-check = Check the details, confirm them and decide whether to give access.
home-step-return = You return to the app.
home-never = We never ask for the password of your electronic signature. If a page with our name asks for it, close the page.

accessibility-heading = Accessibility
accessibility-lead = Everyone should be able to read and use these pages with ease.
accessibility-can-heading = What you can do
accessibility-can-keyboard = go the whole way with the keyboard alone;
accessibility-can-reader = listen to the pages with a screen reader;
accessibility-can-zoom = double the text size and use a narrow screen without scrolling sideways;
accessibility-can-theme = choose a light, dark or high-contrast theme in the settings of your device;
accessibility-can-no-script = use the pages without JavaScript.
accessibility-limits-heading = What the limits are
accessibility-limits = The time to confirm is limited for security reasons. If it was not enough to confirm the details, start again in the app: nothing was registered.
accessibility-tell-heading = If something is hard to use
accessibility-tell = Call { $phone } and tell us on which page it happened. We check the pages against WCAG 2.2, level AA.

privacy-heading = Personal data protection
privacy-lead = We take only what you signed, and we show you everything that will be recorded.
privacy-see-heading = Which data we see
privacy-see = The data you signed: name, date of birth, documents, addresses, contact details, and who represents the patient. We do not see the private key of your electronic signature.
privacy-keep-heading = What we keep
privacy-keep = Until you confirm the data, they wait only as long as the page is good, and are removed afterwards. Confirmed data are entered into the patient registry of the Electronic Health System.
privacy-give-heading = Whom we give data to
privacy-give = Only the app that you gave access to, and only what you agreed to.
privacy-cookies-heading = Cookies
privacy-cookies = We keep only necessary cookies in your browser, without which the pages do not work. There are no ads, counters or third-party files here.
privacy-rights-heading = Your rights
privacy-rights = You can learn which data about you are in the registry, correct them, and withdraw an app’s access. Call { $phone }.
