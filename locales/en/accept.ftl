# Giving an app access.

accept-title = Giving access
accept-heading = Give { $client } access?
accept-signed-in = You are signed in as { $name }.
accept-signed-in-confidant = You are signed in as { $name }. You act as a legal representative. Patient: { $patient }.
accept-others-ended = Another representative acted for you before. Their access has ended.
accept-client-heading = Who asks for access
label-client-name = App
label-client-domain = Site
label-client-owner = Owner
accept-can = { $client } will be able to:
accept-whose-own = The access concerns your data.
accept-whose-patient = Whose data: { $patient }.
accept-sensitive = Sensitive data
accept-cannot = { $client } will not be able to:
accept-cannot-sign = sign documents for you
accept-cannot-more = do anything beyond the list above
accept-valid-until = The access is valid until { $day }.
accept-not-you = If you did not start this in { $client }, choose “Do not give”.
accept-confirm-button = Give access
accept-decline-button = Do not give
