# The code from a text message.

code-heading = Enter the code from the text message
code-back = Back to checking the details
code-sent-to = We have sent a code to the number ending in
code-minutes = The code works for { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }.
code-late = Sometimes a message takes a few minutes to arrive.
code-label = Code from the text message
code-hint = { $digits ->
        [one] { $digits } digit
       *[other] { $digits } digits
    }
code-confirm-button = Confirm
code-sent-again = A new code was sent at { $time }. The earlier code no longer works.
code-help = No code yet?
code-help-signal = Check that your phone has signal.
code-next = You can order a new code after { $time }.
code-resend-button = Send the code again
code-not-mine = You can change the number in { $client }.
code-change-number = Change the number
code-not-mine-button = This is not my number
code-error-empty = Enter the code from the text message
code-error-length = The code has { $digits ->
        [one] { $digits } digit
       *[other] { $digits } digits
    }
code-error-letters = Enter the code in digits only
code-error-wrong = The code is wrong. { $left ->
        [one] { $left } attempt left
       *[other] { $left } attempts left
    }
code-error-expired = The code is out of date. Order a new code
code-error-used = This code no longer works. Order a new code
code-error-too-soon = You can order a new code at { $time }
code-error-not-sent = The message could not be sent. Try again in a few minutes.
