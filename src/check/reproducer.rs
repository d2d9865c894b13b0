//! What is saved of a finding: a script that fails by itself.

use crate::delivery::Delivery;
use crate::script::{Conversation, Law, print_duration, visible};

/// The script that shows a finding: the delivery and the law stated above the conversation.
pub(super) fn reproducer(
    conversation: &Conversation,
    delivery: &Delivery,
    law: Law,
    head: &[String],
    started_by: &str,
) -> String {
    let mut text: String = head.iter().map(|line| format!("# {}\n", visible(line))).collect();
    text.push_str(&format!("deliver {}\n", delivery.words(&conversation.connections)));
    text.push_str(&format!("laws {law}\n"));
    text.push_str(started_by);
    if let Some(timeout) = conversation.settings.timeout {
        text.push_str(&format!("timeout {}\n", print_duration(timeout)));
    }
    text.push('\n');
    text.push_str(&conversation.to_script().to_string());
    text
}
