//! A driver with the crate reqwest: the blocking client gets a page.

use clients::PATIENCE;
use reqwest::blocking::Client;

fn get(address: &str) -> reqwest::Result<(u16, String)> {
    // A client for each page, so that no connection is kept for the next.
    let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let answer = client.get(format!("http://{address}/")).send()?;
    Ok((answer.status().as_u16(), answer.text()?))
}

fn main() {
    // Without the address in an error, since its port is another one each time.
    clients::drive(|address| get(address).map_err(reqwest::Error::without_url));
}
