//! The HTTP client of the SDK, with the emulator in the place of the network.

use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::Notify;
use workmailctl::emulator::Emulator;

use super::mishap::{Met, Mishap, Way, refusal, request as asks};

/// Hands every request straight to an emulator.
#[derive(Clone, Debug)]
pub(crate) struct InProcess {
    emulator: Emulator,
    cut: Cut,
    way: Way,
}

/// Where the client is cut off: what a killed process is to the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<CutState>);

#[derive(Debug, Default)]
struct CutState {
    /// How many requests still pass, and whether the one after them has its effect.
    at: Mutex<Option<(usize, bool)>>,
    reached: Notify,
}

impl Cut {
    /// Cuts after so many requests; the next one has its effect or not, and no answer either way.
    pub(crate) fn after(&self, requests: usize, with_effect: bool) {
        *self.0.at.lock().expect("no panic holds it") = Some((requests, with_effect));
    }

    /// Takes the cut away again.
    pub(crate) fn mend(&self) {
        *self.0.at.lock().expect("no panic holds it") = None;
    }

    /// Ends when the client has been cut off.
    pub(crate) async fn reached(&self) {
        self.0.reached.notified().await;
    }

    /// None: the request passes. Else it is the last one, and this says whether it has its effect.
    fn count(&self) -> Option<bool> {
        let mut at = self.0.at.lock().expect("no panic holds it");
        let (left, with_effect) = at.as_mut()?;
        if *left > 0 {
            *left -= 1;
            return None;
        }
        let last = *with_effect;
        *with_effect = false;
        Some(last)
    }
}

impl InProcess {
    pub(crate) fn new(emulator: &Emulator, cut: &Cut, way: &Way) -> Self {
        Self {
            emulator: emulator.clone(),
            cut: cut.clone(),
            way: way.clone(),
        }
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { emulator, cut, way } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let request =
                request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
            way.queue().await;
            let reset =
                || ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into());
            let reply = match way.count(&request) {
                Met::Nothing => None,
                Met::Void => pending().await,
                Met::Mishap(mishap) => Some(meets(&emulator, &way, &request, mishap).await),
            };
            let reply = match reply {
                None => {
                    let last = cut.count();
                    let reply = match last {
                        Some(false) => None,
                        Some(true) | None => Some(emulator.handle(request).await),
                    };
                    if last.is_some() {
                        cut.0.reached.notify_one();
                        pending::<()>().await;
                    }
                    reply.and_then(Result::ok)
                }
                Some(reply) => reply,
            };
            way.passed(&emulator).await;
            HttpResponse::try_from(reply.ok_or_else(reset)?.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The reply to a request that something happens to; none: the connection ends without one.
async fn meets(
    emulator: &Emulator,
    way: &Way,
    request: &Request<Bytes>,
    mishap: Mishap,
) -> Option<Response<Bytes>> {
    if let Mishap::Gone { with_effect: true }
    | Mishap::Reset { with_effect: true }
    | Mishap::Silence { with_effect: true } = mishap
    {
        let _ = emulator.handle(request.clone()).await;
    }
    match mishap {
        Mishap::Gone { .. } => {
            way.tell_gone();
            pending().await
        }
        Mishap::Silence { .. } => {
            way.passed(emulator).await;
            pending().await
        }
        Mishap::Reset { .. } | Mishap::Late(_) => None,
        Mishap::Refused(code, status) => Some(refusal(code, status)),
        Mishap::Else(others) => {
            for (operation, input) in others {
                let _ = emulator.handle(asks(&operation, &input)).await;
            }
            emulator.handle(request.clone()).await.ok()
        }
    }
}
