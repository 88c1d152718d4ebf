# Apps that were given access.

apps-link = See the apps that already have access
apps-heading = Apps with access to your data
apps-heading-patient = Apps with access to the patient’s data
apps-whose-patient = You see only what you gave yourself. Patient: { $patient }.
apps-none = No app has access.
apps-back = Back to giving access
apps-can = What it can do
apps-since = Access given
apps-until = Valid until
apps-used = Last sign-in
apps-never-used = Not yet
apps-over = No longer valid
apps-by-confidant = Your representative acts in it
apps-revoke-button = Withdraw access: { $client }
apps-revoked = Access withdrawn: { $client }.
revoke-title = Withdrawing access
revoke-heading = Withdraw access for { $client }?
revoke-what = The app loses access at once. To give it again, start in the app.
revoke-confirm-button = Yes, withdraw
revoke-leave-button = Keep it
