//! How large mailboxes are. Source: API reference, `GetMailboxDetails`, `MailboxSize`.

use std::collections::BTreeMap;

use futures::StreamExt as _;

use crate::client::Client;
use crate::migrate::next::Mailbox;
use crate::model::USER;

/// The sizes in MB by the ids of their owners, and what could not be read of users, as sentences. Whether the
/// service tells the sizes of resources is not documented: one that it does not tell is left out.
pub async fn sizes(client: &Client, mailboxes: &[Mailbox]) -> (BTreeMap<String, f64>, Vec<String>) {
    let asked = mailboxes.iter().map(|mailbox| async move {
        let request = client
            .workmail()
            .get_mailbox_details()
            .organization_id(client.organization())
            .user_id(&mailbox.entity_id);
        (mailbox, client.read(request.send()).await)
    });
    let mut answers = futures::stream::iter(asked).buffered(16);
    let (mut sizes, mut unread) = (BTreeMap::new(), Vec::new());
    while let Some((mailbox, answer)) = answers.next().await {
        match answer {
            Ok(details) => {
                sizes.insert(mailbox.entity_id.clone(), details.mailbox_size());
            }
            Err(error) if mailbox.target.kind() == USER => {
                unread.push(format!(
                    "the size of {} could not be read: {error}",
                    mailbox.target
                ));
            }
            Err(_) => {}
        }
    }
    (sizes, unread)
}
