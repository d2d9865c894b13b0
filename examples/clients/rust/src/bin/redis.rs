//! A driver with the crate redis: the blocking client asks for a list.

use clients::PATIENCE;
use redis::{Commands, IntoConnectionInfo, RedisResult, Value};

fn list(address: &str) -> RedisResult<Value> {
    let address = format!("redis://{address}/").into_connection_info()?;
    // Without the name and the version of the crate, so that the script knows what it says.
    let settings = address.redis_settings().clone().set_skip_set_lib_name();
    let client = redis::Client::open(address.set_redis_settings(settings))?;
    let mut connection = client.get_connection_with_timeout(PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.lrange("k", 0, -1)
}

fn main() {
    clients::drive(list);
}
