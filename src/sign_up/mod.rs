//! Sign-up and sign-in: the pages a patient's application sends a browser to, and the JSON routes behind them.

pub mod translation;
