//! A driver with the crate reqwest-eventsource: three server-sent events.

use futures_util::StreamExt;
use reqwest_eventsource::retry::Never;
use reqwest_eventsource::{Event, EventSource};

type Events = Vec<(String, String, String)>;

async fn events(address: &str) -> Result<Events, String> {
    let mut source = EventSource::get(format!("http://{address}/"));
    source.set_retry_policy(Box::new(Never));
    let mut got = Vec::new();
    while let Some(event) = source.next().await {
        match event {
            Ok(Event::Open) => {}
            Ok(Event::Message(event)) => got.push((event.event, event.id, event.data)),
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
