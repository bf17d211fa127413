//! Asks the service what it makes of the rules, before the first write of a component and after its last.
#![expect(
    clippy::disallowed_methods,
    reason = "asks again a moment later before it believes in a difference"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;

use crate::client::ApiError;
use crate::kinds::api::Asked;
use crate::model::Target;
use crate::plan::{About, Effect, Question};

use super::context::Context;
use super::service::Service;

/// What passes before a different answer is asked for again. Rules count at once for these calls, and
/// other reads may lag. Source: behaviour notes, section 9.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];

impl<S: Service> Context<'_, S> {
    /// What the service answers otherwise than these questions expect, as sentence fragments; `rules` says
    /// by which rules that is. What it does not answer is noted as not sampled.
    pub(super) async fn differing(&self, questions: &[Question], rules: &str) -> Vec<String> {
        let mut left: Vec<&Question> = questions.iter().collect();
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            let found = self.answers(&left).await;
            if found.is_empty() {
                return Vec::new();
            }
            let Some(pause) = pause else {
                let told = found.iter().map(|(question, effect)| {
                    let about = &question.about;
                    format!(
                        "{}: {} says {}, and the rules as they {rules} come to {}",
                        about.words(),
                        about.operation(),
                        word(*effect),
                        word(question.effect)
                    )
                });
                return told.collect();
            };
            left = found.into_iter().map(|(question, _)| question).collect();
            tokio::time::sleep(pause).await;
        }
        Vec::new()
    }

    /// The questions that have another answer, with that answer.
    async fn answers<'q>(&self, questions: &[&'q Question]) -> Vec<(&'q Question, Effect)> {
        let mut by_operation: BTreeMap<&str, Vec<&'q Question>> = BTreeMap::new();
        for question in questions {
            let all = by_operation.entry(question.about.operation()).or_default();
            all.push(question);
        }
        let mut answers = Vec::new();
        for all in by_operation.into_values() {
            let Some((first, rest)) = all.split_first() else {
                continue;
            };
            // Who may not ask is refused once, and not twenty times.
            let answer = self.answer(first).await;
            let is_answered = matches!(answer, None | Some(Ok(_)));
            answers.push((*first, answer));
            if is_answered {
                let rest_of = rest.iter().map(|question| self.answer(question));
                let found = join_all(rest_of).await;
                answers.extend(rest.iter().copied().zip(found));
            }
        }
        let mut differing = Vec::new();
        for (question, answer) in answers {
            match answer {
                Some(Ok(effect)) if effect != question.effect => differing.push((question, effect)),
                Some(Err(error)) => self.not_sampled(question, &error),
                Some(Ok(_)) | None => {}
            }
        }
        differing
    }

    /// The answer to one question; none where it names somebody who has no id now.
    async fn answer(&self, question: &Question) -> Option<Result<Effect, ApiError>> {
        let id = |target: &Target| self.id_of(target);
        let ids;
        let asked = match &question.about {
            About::SignIn { who, sign_in } => {
                ids = [id(who)?, String::new()];
                Asked::SignIn {
                    id: &ids[0],
                    sign_in,
                }
            }
            About::Impersonation { role, person } => {
                ids = [id(role)?, id(person)?];
                Asked::Impersonation {
                    role: &ids[0],
                    person: &ids[1],
                }
            }
            About::Device(device) => Asked::Device(device),
        };
        Some(self.service.effect(&asked).await)
    }
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    }
}
