//! Where a request came from: kept where an audit asks for it, never logged.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, request::Parts};

/// The other end of a connection, as the server saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address of the caller. `header` is where a balancer writes it, after whatever it was sent itself: the last address
/// there is the balancer's word. Without one it is the other end of the connection.
#[must_use]
pub fn client_address(parts: &Parts, header: Option<&HeaderName>) -> Option<IpAddr> {
    match header {
        Some(header) => address_in_header(&parts.headers, header),
        None => parts.extensions.get::<Peer>().map(|peer| peer.0),
    }
}

fn address_in_header(headers: &HeaderMap, header: &HeaderName) -> Option<IpAddr> {
    let last = headers.get_all(header).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], None)]
    #[case(&["203.0.113.7"], Some("203.0.113.7"))]
    #[case(&["198.51.100.1, 203.0.113.7"], Some("203.0.113.7"))]
    #[case(&["198.51.100.1", "2001:db8::7"], Some("2001:db8::7"))]
    #[case(&["203.0.113.7, unknown"], None)]
    #[case(&[""], None)]
    fn what_a_balancer_tells(#[case] lines: &[&str], #[case] address: Option<&str>) {
        let mut request = Request::builder();
        for line in lines {
            request = request.header("x-forwarded-for", *line);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        parts.extensions.insert(Peer(peer));
        let header = HeaderName::from_static("x-forwarded-for");
        let expected = address.map(|address| address.parse().unwrap());
        assert_eq!(client_address(&parts, Some(&header)), expected);
        assert_eq!(client_address(&parts, None), Some(peer));
    }
}
