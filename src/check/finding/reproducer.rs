//! The script that shows a finding by itself.

use crate::delivery::Delivery;
use crate::script::{Conversation, Law};
use crate::text::print_duration;

/// The script that shows a finding: the delivery, the law, and the statements that start the
/// server stand above the conversation.
pub(in crate::check) fn reproducer(
    conversation: &Conversation,
    delivery: &Delivery,
    law: Law,
    started_by: &str,
) -> String {
    let words = delivery.words(&conversation.connections);
    let mut text = format!("deliver {words}\nlaws {law}\n{started_by}");
    if let Some(timeout) = conversation.settings.timeout {
        text.push_str(&format!("timeout {}\n", print_duration(timeout)));
    }
    text.push('\n');
    text.push_str(&conversation.to_script().to_string());
    text
}
