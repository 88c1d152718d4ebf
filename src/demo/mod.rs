//! Everything in one, for trying and showing: the service on a database of its own, and a pretend client application on a
//! listener of its own, so that every redirect between the two crosses origins as it would in earnest.
//!
//! ```text
//!  browser ─▶ client: cases ─(signs)─▶ service: details ─▶ consent ─▶ client: callback ─▶ what it got
//!                                                                          │ code, over HTTP
//!                                                                          ▼
//!                                                                 service: /oauth/tokens
//! ```
//!
//! The client knows nothing of the service but its public address and its own credentials; only the confidant's access
//! token, which it would have from an earlier sign-in, is made in the process. Source: sign-up §1.1.

use std::{
    ffi::{OsStr, OsString},
    future::Future,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Parser};
use client::Client;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::{net::TcpListener, sync::watch};
use url::{Host, Url};
use world::World;

use crate::{
    app,
    clock::{Clock, SystemClock},
    config::{Config, LogSettings, Settings},
    housekeeping,
    process::{CannotRun, Outcome, begin_log},
    random::SystemRandom,
    server,
};

mod cases;
mod client;
mod earlier;
mod govid;
mod proofs;
mod state;
pub(crate) mod views;
mod world;

/// What `demo` takes.
#[derive(Args)]
pub struct Arguments {
    /// Where the service listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the pretend client application listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    client_listen: SocketAddr,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = ".demo")]
    data: PathBuf,
    /// Let other machines reach the demonstration: its keys and secrets protect nothing
    #[arg(long)]
    allow_remote: bool,
    /// The address browsers know the service by [default: http://ADDR]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The address browsers know the pretend client by [default: http://ADDR]
    #[arg(long, value_name = "URL")]
    client_url: Option<String>,
    #[command(flatten)]
    logging: LogSettings,
}

/// Runs the demonstration until it is told to stop.
///
/// # Errors
/// Why it could not run.
pub async fn run(arguments: Arguments) -> Result<Outcome, CannotRun> {
    begin_log(&arguments.logging)?;
    refuse_remote(&arguments)?;
    let service = bind(arguments.listen, "--listen").await?;
    let client = bind(arguments.client_listen, "--client-listen").await?;
    let addresses = Addresses::of(&arguments, local(&service)?, local(&client)?)?;

    let world =
        World::open(&arguments.data, SystemClock.now(), &SystemRandom).map_err(|error| {
            CannotRun::Other(format!("The demonstration cannot be set up: {error}."))
        })?;
    let config = config(&world, &addresses)?;
    let grace = config.shutdown_grace;
    let app = app::open(config, Arc::new(SystemClock), Arc::new(SystemRandom), true).await?;
    app.db.migrate().await?;
    world
        .provision(&app, &addresses.callbacks(), app.clock.now())
        .await
        .map_err(|error| {
            CannotRun::Other(format!(
                "The demonstration's own data cannot be imported: {error}"
            ))
        })?;
    app.refresh_dictionaries().await?;
    let pretend = Client::new(app.clone(), world, addresses.client.clone())
        .map_err(|error| CannotRun::Other(format!("No HTTP client: {error}.")))?;

    announce(&addresses)?;
    let housekeeping = tokio::spawn(housekeeping::run(app.clone()));
    let signals = count_signals();
    // The client first: what it still has to ask the service for is answered.
    let (client_stopped, after_client) = watch::channel(0);
    let clients = async {
        let router = client::router(&pretend);
        server::serve(
            client,
            router,
            wait_for_count(&signals, 1),
            wait_for_count(&signals, 2),
            grace,
        )
        .await;
        client_stopped.send_replace(1);
    };
    let services = server::serve(
        service,
        app::router(&app),
        wait_for_count(&after_client, 1),
        wait_for_count(&signals, 2),
        grace,
    );
    let ((), stopped) = tokio::join!(clients, services);
    housekeeping.abort();
    if stopped == server::Stopped::Cleanly {
        app.db.close().await;
    }
    Ok(Outcome::Done)
}

/// Everything here is known to whoever reads the source, so nobody else may reach it by accident.
fn refuse_remote(arguments: &Arguments) -> Result<(), CannotRun> {
    let open = [
        ("--listen", arguments.listen),
        ("--client-listen", arguments.client_listen),
    ];
    for (flag, address) in open {
        if !address.ip().is_loopback() && !arguments.allow_remote {
            return Err(CannotRun::Other(format!(
                "{flag} {address} would let other machines reach the demonstration, which is not safe for anything real; say --allow-remote if that is meant."
            )));
        }
    }
    Ok(())
}

async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, CannotRun> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            CannotRun::Other(format!(
                "Something listens on {address} already; choose another address with {flag}."
            ))
        } else {
            CannotRun::Io(
                format!("Cannot listen on {address}; choose another address with {flag}"),
                error,
            )
        }
    })
}

fn local(listener: &TcpListener) -> Result<SocketAddr, CannotRun> {
    listener
        .local_addr()
        .map_err(|error| CannotRun::Io("The address listened on is not known".to_owned(), error))
}

/// How browsers reach both sides.
struct Addresses {
    /// Where the service listens.
    listen: SocketAddr,
    /// The origin of the service.
    service: String,
    /// The origins of the client, the one to open first.
    client: Vec<String>,
}

impl Addresses {
    fn of(
        arguments: &Arguments,
        listen: SocketAddr,
        client_listen: SocketAddr,
    ) -> Result<Self, CannotRun> {
        let service = origin(arguments.public_url.as_deref(), listen, "--public-url")?;
        let first = origin(
            arguments.client_url.as_deref(),
            client_listen,
            "--client-url",
        )?;
        let mut client = vec![first];
        // The same machine by its name is another site to a browser: it may be tried that way too.
        if arguments.client_url.is_none() && client_listen.ip().is_loopback() {
            client.push(format!("http://localhost:{}", client_listen.port()));
        }
        Ok(Self {
            listen,
            service,
            client,
        })
    }

    fn callbacks(&self) -> Vec<String> {
        self.client
            .iter()
            .map(|origin| format!("{origin}{}", client::CALLBACK))
            .collect()
    }
}

/// The origin that browsers know a listener by: given, or as it listens. A listener on every address is most likely behind
/// a port of this machine.
fn origin(given: Option<&str>, listen: SocketAddr, flag: &str) -> Result<String, CannotRun> {
    let text = match given {
        Some(text) => text.to_owned(),
        None if listen.ip().is_unspecified() => {
            let here = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listen.port());
            format!("http://{here}")
        }
        None => format!("http://{listen}"),
    };
    let refused = |why: &str| CannotRun::Other(format!("{flag}: {text} {why}."));
    let url = Url::parse(&text).map_err(|_| refused("is not an address"))?;
    let is_here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        _ if !is_origin => Err(refused("may have a scheme, a host and a port only")),
        "https" => Ok(url.origin().ascii_serialization()),
        "http" if is_here => Ok(url.origin().ascii_serialization()),
        _ => Err(refused("cannot be used: between machines it must be https")),
    }
}

/// The settings of the service: its own, and those that the environment gives.
fn config(world: &World, addresses: &Addresses) -> Result<Config, CannotRun> {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }
    // It listens already; the address is for the check of the public one, which was made above.
    let listen = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), addresses.listen.port());
    // The pretend client's listener is the provider's too.
    let first = addresses.client.first().map_or("", String::as_str);
    let provider = format!("{first}{}", govid::GOVID);
    let line = Line::try_parse_from([
        "dovira".into(),
        flag("database-url", sqlite_url(&world.database())?.as_ref()),
        flag("secret", world.secret.expose().as_ref()),
        flag("listen", listen.to_string().as_ref()),
        flag("public-url", addresses.service.as_ref()),
        flag("trusted-certificates", world.trusted_directory().as_ref()),
        flag("media", world.media().as_ref()),
        // The mother registers a child each time, and nobody looks for strangers here.
        flag("confidant-sign-ups-per-day", "0".as_ref()),
        flag("third-person-limit", "1000000".as_ref()),
        flag("intermediate-certificates", world.intermediates().as_ref()),
        flag("govid-url", provider.as_ref()),
        flag("govid-client-id", govid::SERVICE.as_ref()),
        flag("govid-client-secret", world.client_secret.expose().as_ref()),
    ])
    .map_err(|error| CannotRun::Other(error.to_string()))?;
    Ok(Config::read(&line.settings)?)
}

/// A setting on a command line, with "=": a secret may begin with "-" as a flag does.
fn flag(name: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(format!("--{name}="));
    text.push(value);
    text
}

fn sqlite_url(path: &Path) -> Result<String, CannotRun> {
    const ASIDE: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_');
    let text = path.to_str().ok_or_else(|| {
        CannotRun::Other("--data: the name of the directory is not UTF-8.".to_owned())
    })?;
    Ok(format!("sqlite:{}", utf8_percent_encode(text, ASIDE)))
}

/// The one line for the person who started it.
fn announce(addresses: &Addresses) -> Result<(), CannotRun> {
    let first = addresses.client.first().map_or("", String::as_str);
    let mut out = io::stdout().lock();
    writeln!(out, "Open {first}/")
        .and_then(|()| out.flush())
        .map_err(|error| CannotRun::Io("stdout".to_owned(), error))?;
    tracing::info!(service = addresses.service, client = first, "ready");
    Ok(())
}

/// How many signals to stop have come.
fn count_signals() -> watch::Receiver<u8> {
    let (seen, signals) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            server::signal().await;
            seen.send_modify(|seen: &mut u8| *seen = seen.saturating_add(1));
        }
    });
    signals
}

/// Ready when `count` has come to `enough`, or nobody counts any more.
fn wait_for_count(count: &watch::Receiver<u8>, enough: u8) -> impl Future<Output = ()> + use<> {
    let mut count = count.clone();
    async move {
        let _ = count.wait_for(|count| *count >= enough).await;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(line: &[&str]) -> Arguments {
        Line::parse_from([&["demo"], line].concat()).arguments
    }

    fn addresses(line: &[&str]) -> Result<Addresses, String> {
        let arguments = arguments(line);
        refuse_remote(&arguments)
            .and_then(|()| Addresses::of(&arguments, arguments.listen, arguments.client_listen))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn by_default_only_this_machine_can_reach_it() {
        let addresses = addresses(&[]).unwrap();
        assert_eq!(addresses.service, "http://127.0.0.1:8080");
        assert_eq!(
            addresses.callbacks(),
            [
                "http://127.0.0.1:8081/callback",
                "http://localhost:8081/callback"
            ]
        );
    }

    #[rstest]
    #[case(&["--listen", "0.0.0.0:80"], "--listen 0.0.0.0:80 would let other machines")]
    #[case(&["--client-listen", "[::]:80"], "--client-listen [::]:80 would let other machines")]
    #[case(&["--allow-remote", "--listen", "192.0.2.1:80"], "--public-url: http://192.0.2.1:80 cannot be used")]
    #[case(&["--client-url", "http://demo.example"], "--client-url: http://demo.example cannot be used")]
    #[case(&["--public-url", "https://demo.example/x"], "--public-url: https://demo.example/x may have")]
    #[case(&["--public-url", "demo"], "--public-url: demo is not an address")]
    fn what_is_not_safe_is_refused_with_a_sentence(#[case] line: &[&str], #[case] sentence: &str) {
        let refused = addresses(line).err().unwrap();
        assert!(refused.starts_with(sentence), "{refused}");
        assert!(refused.ends_with('.'), "{refused}");
    }

    #[test]
    fn it_may_be_opened_when_that_is_said() {
        let container = addresses(&["--allow-remote", "--listen", "0.0.0.0:80"]).unwrap();
        assert_eq!(container.service, "http://127.0.0.1");
        let named = addresses(&["--client-url", "https://demo.example"]).unwrap();
        assert_eq!(named.client, ["https://demo.example"]);
    }

    /// One secret in 64 begins like a flag.
    #[test]
    fn any_secret_is_taken_for_a_secret() {
        let folder = world::tests::Folder::new();
        let mut world = World::open(&folder.0, SystemClock.now(), &SystemRandom).unwrap();
        world.secret = "--listen=0.0.0.0:80-and-some-more-characters".into();
        let config = config(&world, &addresses(&[]).unwrap()).unwrap();
        assert_eq!(
            secrecy::ExposeSecret::expose_secret(&config.secret),
            world.secret.expose()
        );
        assert_eq!(config.public_url.origin(), "http://127.0.0.1:8080");
    }

    #[test]
    fn any_directory_can_be_named() {
        assert_eq!(
            sqlite_url(Path::new(".demo/d.sqlite")).unwrap(),
            "sqlite:.demo/d.sqlite"
        );
        assert_eq!(
            sqlite_url(Path::new("/a b?%#/d")).unwrap(),
            "sqlite:/a%20b%3F%25%23/d"
        );
    }
}
