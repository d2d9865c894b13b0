//! A driver with the crate eventsource-client: three server-sent events.

use eventsource_client::{Client, ClientBuilder, ReconnectOptions, SSE};
use futures_util::StreamExt;
use launchdarkly_sdk_transport::HyperTransport;

type Events = Vec<(String, Option<String>, String)>;

async fn events(address: &str) -> Result<Events, String> {
    let transport = HyperTransport::builder().disable_proxy().build_http();
    let client = ClientBuilder::for_url(&format!("http://{address}/"))
        .map_err(|error| error.to_string())?
        .reconnect(ReconnectOptions::reconnect(false).build())
        .build_with_transport(transport.map_err(|error| error.to_string())?);
    let mut stream = client.stream();
    let mut got = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(SSE::Event(event)) => got.push((event.event_type, event.id, event.data)),
            Ok(_) => {}
            Err(error) => return Err(error.to_string().replace(address, "")),
        }
        if got.len() == 3 {
            break;
        }
    }
    Ok(got)
}

fn main() {
    clients::drive_async(events);
}
