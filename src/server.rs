//! Listening, answering, and stopping without losing anybody.
//!
//! ```text
//!  serving ──first signal──▶ no new connections, requests under way finish ──▶ stopped
//!                                   │ second signal, or the grace is over ──▶ stopped at once
//! ```

use std::{
    future::{Future, poll_fn},
    io,
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_io_timeout::TimeoutStream;
use tower_http::add_extension::AddExtension;

use crate::{http::caller::Peer, limits};

/// How a server came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Every request was answered.
    Cleanly,
    /// Some were cut off.
    AtOnce,
}

/// Serves `router` on `listener` until `stop` is ready, then lets requests under way finish for at most `grace`,
/// or until `hurry` is ready.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    hurry: impl Future<Output = ()>,
    grace: Duration,
) -> Stopped {
    let connections = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits::CONNECTIONS));
    tokio::pin!(stop);
    // Listened for before anybody is let in: until then a signal would end the process at once.
    let mut is_stopping = is_ready(stop.as_mut()).await;
    while !is_stopping {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut stop => {
                is_stopping = true;
                continue;
            }
        };
        let (stream, peer, slot) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: others must end before the next can begin.
                tracing::error!(reason = %error, "no connection could be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits::WRITE_TIME));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEAD_TIME)
            .max_headers(limits::HEADERS)
            .max_buf_size(limits::HEAD)
            .serve_connection(
                TokioIo::new(Box::pin(stream)),
                TowerToHyperService::new(AddExtension::new(router.clone(), peer)),
            );
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // An error says that the other side broke off or broke the protocol: nothing to do about it.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    tokio::pin!(hurry);
    // Asked once before anybody is told: whoever reads the line below may give the second signal at once.
    let is_hurried = is_ready(hurry.as_mut()).await;
    tracing::info!("stopping: requests under way finish");
    if is_hurried {
        return Stopped::AtOnce;
    }
    tokio::select! {
        () = connections.shutdown() => Stopped::Cleanly,
        () = hurry => Stopped::AtOnce,
        () = tokio::time::sleep(grace) => Stopped::AtOnce,
    }
}

/// Asks a future once.
async fn is_ready(mut future: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Peer, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    Ok((stream, Peer(address.ip()), slot))
}

/// Ready at the next signal to stop (SIGTERM, or Ctrl-C).
pub async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(_) => {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use axum::{Extension, routing::get};

    use super::*;

    #[tokio::test]
    async fn a_request_knows_the_other_end_of_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = async |Extension(Peer(address)): Extension<Peer>| address.to_string();
        let router = Router::new().route("/", get(told));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async { stopped.await.unwrap() };
        let grace = Duration::from_secs(5);
        let server = tokio::spawn(serve(
            listener,
            router,
            stopped,
            std::future::pending(),
            grace,
        ));
        let answer = reqwest::get(format!("http://{address}/")).await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "127.0.0.1");
        stop.send(()).unwrap();
        assert_eq!(server.await.unwrap(), Stopped::Cleanly);
    }
}
