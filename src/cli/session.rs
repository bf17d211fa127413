//! `Session`: a connection to the organization that a command is about, live or in an emulator
//! inside the process.
#![expect(clippy::disallowed_methods, reason = "serves the embedded emulator")]

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use workmailctl::client::{self, Client, Connect, Services};
use workmailctl::emulator::{Emulator, Options};
use workmailctl::kinds::KINDS;
use workmailctl::live::{self, Needs, ReadError};
use workmailctl::model::{Desired, DesiredOrganization, Pins, Snapshot, test_domain};
use workmailctl::plan::Plan;
use workmailctl::report::Source;

use super::copy;
use super::ending::Ending;
use super::failure::{Exit, Failure, chain};
use super::files::now;
use super::global::Global;
use super::secrets::{SecretFlags, Vault};

/// The states of an organization that is being made. Source: behaviour notes, section 13.
const COMING: &[&str] = &["Requested", "Creating", "Validating"];

/// A connection to one organization.
pub(crate) struct Session {
    pub(crate) source: Source,
    /// Who asks, where that is known.
    caller: Option<String>,
    /// The connection, of which the organization is not known yet.
    connection: Client,
    /// The connection to the organization, once it was read.
    client: OnceLock<Client>,
    /// The organization that is asked for.
    wanted: DesiredOrganization,
    /// The folder of a rehearsal, which is thrown away.
    scratch: Option<tempfile::TempDir>,
    /// How it was connected.
    connect: Connect,
    /// True if STS would not say who asks.
    is_unidentified: bool,
    /// What is said once the service has ended.
    ending: Ending,
}

impl Session {
    /// Connects as the flags say, to the organization of a manifest where there is one.
    pub(crate) async fn open(global: &Global, desired: Option<&Desired>) -> Result<Self, Failure> {
        let wanted = wanted(global, desired)?;
        Self::begin(global, wanted, desired).await
    }

    /// Connects to the organization that a saved plan is for.
    pub(crate) async fn open_saved(global: &Global, plan: &Plan) -> Result<Self, Failure> {
        let stamp = &plan.organization;
        if let Some(named) = &global.connection.organization
            && *named != stamp.alias
            && *named != stamp.id
        {
            let message = format!("the plan is for `{}`, and not for `{named}`", stamp.alias);
            return Err(Failure::usage(message));
        }
        let wanted = DesiredOrganization {
            alias: stamp.alias.clone(),
            pins: Pins {
                id: (!stamp.id.is_empty()).then(|| stamp.id.clone()),
                region: (!stamp.region.is_empty()).then(|| stamp.region.clone()),
                account_id: None,
            },
            create: plan.creates_organization().then(Default::default),
            removal: plan.deletes_organization().then(Default::default),
            ..DesiredOrganization::default()
        };
        Self::begin(global, wanted, None).await
    }

    /// A session with a copy of what is live, in an emulator that is gone at its end.
    pub(crate) async fn rehearsal(
        &self,
        global: &Global,
        live: &Snapshot,
    ) -> Result<Self, Failure> {
        let emulator = Emulator::open(&Options::default())
            .map_err(|error| Failure::new(Exit::Error, chain(&error)))?;
        copy::fill(&emulator, live).await?;
        let endpoint = serve(&emulator).await?;
        let connect = Connect {
            endpoint_url: Some(endpoint),
            test_credentials: true,
            region: Some(self.connection.region().to_owned()),
            ..connect(global)
        };
        let scratch = tempfile::tempdir().map_err(|error| {
            Failure::new(Exit::Error, format!("no folder for the copy: {error}"))
        })?;
        Ok(Self {
            source: Source::Rehearsal,
            connection: client(&connect).await?,
            caller: None,
            client: OnceLock::new(),
            wanted: DesiredOrganization {
                pins: Pins::default(),
                ..self.wanted.clone()
            },
            scratch: Some(scratch),
            connect,
            is_unidentified: false,
            ending: Ending::default(),
        })
    }

    /// Reads what is needed of the organization. Where there is none, and the manifest says that it is
    /// to be made or deleted, the snapshot is one of nothing.
    pub(crate) async fn read(&self, needs: &Needs) -> Result<Snapshot, Failure> {
        let read = self.read_live(needs).await;
        self.ending.tell(self.time());
        read.map_err(|failure| self.ending.explain(self.time(), failure))
    }

    /// The service's time, or the machine's where the service said nothing yet.
    fn time(&self) -> Timestamp {
        self.client().service_time().unwrap_or_else(now)
    }

    async fn read_live(&self, needs: &Needs) -> Result<Snapshot, Failure> {
        let mut wanted = self.wanted.clone();
        if let Some(client) = self.client.get() {
            wanted.pins.id = Some(client.organization().to_owned());
        } else if wanted.alias.is_empty() && wanted.pins.id.is_none() {
            wanted.pins.id = Some(Box::pin(self.only_organization()).await?);
        }
        let read = Box::pin(live::read(&self.connection, KINDS, &wanted, needs, now())).await;
        let mut snapshot = match read {
            Ok((snapshot, client)) => {
                let _ = self.client.set(client);
                snapshot
            }
            Err(ReadError::NoOrganization(..)) if self.may_be_nothing() => self.nothing("")?,
            Err(error @ ReadError::NoOrganization(..)) if self.ending.has_come(self.time()) => {
                return Err(Failure::new(Exit::Unreachable, chain(&error)));
            }
            Err(error) => {
                return Err(Failure::new(
                    Exit::of_code(error.exit_code()),
                    chain(&error),
                ));
            }
        };
        let state = snapshot.organization.state.clone();
        if self.creates() && COMING.contains(&state.as_str()) {
            snapshot = self.nothing(&state)?;
        }
        snapshot.organization.caller.clone_from(&self.caller);
        Ok(snapshot)
    }

    /// True if the manifest says that the organization is made where it is not there.
    pub(crate) fn creates(&self) -> bool {
        self.wanted.create.is_some()
    }

    /// True if the manifest says that the organization shall not be there.
    pub(crate) fn deletes(&self) -> bool {
        self.wanted.removal.is_some()
    }

    /// The name of the test domain, where the alias is known.
    pub(crate) fn test_domain(&self) -> Option<String> {
        let alias = &self.wanted.alias;
        (!alias.is_empty()).then(|| test_domain(alias))
    }

    fn may_be_nothing(&self) -> bool {
        let is_made = self.creates() && self.wanted.pins.id.is_none();
        self.deletes() || is_made && !self.ending.has_come(self.time())
    }

    /// The snapshot of an organization that is not there, or is still being made.
    fn nothing(&self, state: &str) -> Result<Snapshot, Failure> {
        if self.creates() {
            self.check_account()?;
        }
        let region = self.connection.region();
        Ok(Snapshot {
            calls: self.connection.calls(),
            ..live::of_nothing(KINDS, &self.wanted.alias, region, state, now())
        })
    }

    /// An organization that is made belongs to the account of who asks: that must be the pinned one.
    fn check_account(&self) -> Result<(), Failure> {
        let Some(pinned) = &self.wanted.pins.account_id else {
            return Ok(());
        };
        let account = self.caller.as_deref().and_then(|arn| arn.split(':').nth(4));
        let message = match account {
            Some(account) if account == pinned => return Ok(()),
            Some(account) => format!(
                "`organization.accountId` is `{pinned}`, and who asks is of the account `{account}`"
            ),
            None if self.is_unidentified => format!(
                "`organization.accountId` is `{pinned}`, and STS does not say of which account who asks is"
            ),
            // At an endpoint of one's own there is no account to be mistaken in.
            None => return Ok(()),
        };
        Err(Failure::new(Exit::BadInput, message)
            .help("the organization would be made in the wrong account: choose another profile"))
    }

    /// The connection to the organization. It is known once something was read.
    pub(crate) fn client(&self) -> &Client {
        self.client.get().unwrap_or(&self.connection)
    }

    /// A connection to the organization of which every request tells the plan, so that `CloudTrail`
    /// tells it too.
    pub(crate) fn client_for(&self, plan: &Plan) -> Client {
        let hash = plan.plan_hash.get(..16).unwrap_or(&plan.plan_hash);
        self.client().with_app_name(&format!("workmailctl-{hash}"))
    }

    /// The caller's ARN, where it is known.
    pub(crate) fn caller(&self) -> Option<String> {
        self.caller.clone()
    }

    /// The folder of a rehearsal.
    pub(crate) fn scratch(&self) -> Option<&Path> {
        self.scratch.as_ref().map(tempfile::TempDir::path)
    }

    /// Where the secrets of an apply are had from.
    pub(crate) fn vault(&self, flags: &SecretFlags) -> Vault {
        if self.scratch.is_some() {
            return Vault::MadeUp;
        }
        Vault::Real {
            folder: flags.secrets_dir.clone(),
            connect: Box::new(self.connect.clone()),
        }
    }

    /// The other services, as far as they are asked beside this connection.
    pub(crate) async fn services(&self) -> Result<Services, Failure> {
        let connect = Connect {
            region: Some(self.connection.region().to_owned()),
            ..self.connect.clone()
        };
        client::services(&connect)
            .await
            .map_err(|error| Failure::new(Exit::of_code(error.exit_code()), chain(&error)))
    }

    /// True if somebody has to agree before something is written.
    pub(crate) fn asks(&self) -> bool {
        self.scratch.is_none()
    }

    async fn begin(
        global: &Global,
        wanted: DesiredOrganization,
        desired: Option<&Desired>,
    ) -> Result<Self, Failure> {
        let mut connect = connect(global);
        if connect.region.is_none() {
            connect.region.clone_from(&wanted.pins.region);
        }
        let mut source = Source::Live;
        if let Some(file) = &global.connection.emulator {
            connect.endpoint_url = Some(embedded(file, desired).await?);
            connect.test_credentials = true;
            source = Source::Emulator;
        }
        let client = Box::pin(client(&connect)).await?;
        // Who asks is told where STS tells it; where it does not, nothing fails by that.
        let answer = Box::pin(client.caller()).await;
        let is_unidentified = matches!(answer, Some(Err(_)));
        let caller = answer.and_then(Result::ok);
        tracing::info!(
            region = client.region(),
            endpoint = connect.endpoint_url.as_deref(),
            profile = connect.profile.as_deref(),
            caller = caller.as_deref(),
            "connected"
        );
        let ending = Ending::of(&source, global.output.quiet);
        Ok(Self {
            source,
            caller,
            connection: client,
            client: OnceLock::new(),
            wanted,
            scratch: None,
            connect,
            is_unidentified,
            ending,
        })
    }

    /// The id of the only organization there is, where nobody named one.
    async fn only_organization(&self) -> Result<String, Failure> {
        let request = self.connection.workmail().list_organizations();
        let listed = Box::pin(self.connection.read(request.send()))
            .await
            .map_err(|error| {
                let message = format!("nothing could be read: `ListOrganizations` failed: {error}");
                Failure::new(Exit::of_code(error.kind.exit_code()), message)
            })?;
        let known: Vec<(&str, &str)> = listed
            .organization_summaries()
            .iter()
            .filter(|one| one.state() != Some("Deleted"))
            .filter_map(|one| Some((one.organization_id()?, one.alias()?)))
            .collect();
        match known.as_slice() {
            [(id, _)] if listed.next_token().is_none() => Ok((*id).to_owned()),
            [] => {
                let region = self.connection.region();
                let message = format!("there is no organization in {region}");
                if self.ending.has_come(self.time()) {
                    return Err(Failure::new(Exit::Unreachable, message));
                }
                Err(Failure::usage(message).help("choose another region, profile or endpoint"))
            }
            several => {
                let names: Vec<&str> = several.iter().map(|(_, alias)| *alias).collect();
                let message = format!("there are several organizations: {}", names.join(", "));
                Err(Failure::usage(message).help("name one by --organization"))
            }
        }
    }
}

/// The organization that a command is about: the manifest's, and the one that a flag names.
fn wanted(global: &Global, desired: Option<&Desired>) -> Result<DesiredOrganization, Failure> {
    let named = global.connection.organization.as_deref();
    let is_id = |text: &str| text.starts_with("m-") && text.len() == 34;
    let Some(desired) = desired else {
        let mut wanted = DesiredOrganization::default();
        match named {
            Some(id) if is_id(id) => wanted.pins.id = Some(id.to_owned()),
            Some(alias) => alias.clone_into(&mut wanted.alias),
            None => {}
        }
        return Ok(wanted);
    };
    let mut wanted = desired.organization.clone();
    match named {
        Some(id) if is_id(id) => {
            if wanted.pins.id.as_ref().is_some_and(|pinned| pinned != id) {
                let message = format!("the manifest is for another organization than `{id}`");
                return Err(Failure::usage(message));
            }
            wanted.pins.id = Some(id.to_owned());
        }
        Some(alias) if alias != wanted.alias => {
            let message = format!(
                "the manifest is for `{}`, and not for `{alias}`",
                wanted.alias
            );
            return Err(Failure::usage(message));
        }
        _ => {}
    }
    Ok(wanted)
}

fn connect(global: &Global) -> Connect {
    Connect {
        endpoint_url: global.connection.endpoint_url.clone(),
        profile: global.connection.profile.clone(),
        region: global.connection.region.clone(),
        read_parallelism: global.pace.read_parallelism,
        rate: global.pace.rate,
        timeout: global.pace.timeout,
        ..Connect::default()
    }
}

async fn client(connect: &Connect) -> Result<Client, Failure> {
    Box::pin(Client::connect(connect))
        .await
        .map_err(|error| Failure::new(Exit::of_code(error.exit_code()), chain(&error)))
}

/// Starts the embedded emulator, with the organization that the manifest names, and returns its URL.
async fn embedded(file: &Path, desired: Option<&Desired>) -> Result<String, Failure> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            let message = format!("failed to make `{}`: {error}", folder.display());
            Failure::new(Exit::Error, message)
        })?;
    }
    let options = Options {
        data: Some(file.to_owned()),
        ..Options::default()
    };
    let failed = |error| Failure::new(Exit::Error, chain(&error));
    let emulator = Emulator::open(&options).map_err(failed)?;
    if let Some(desired) = desired
        && is_seeded(&emulator, &desired.organization)
    {
        let domains = domains(desired);
        emulator
            .ensure_organization(&desired.organization.alias, &domains)
            .map_err(failed)?;
        for domain in &domains {
            copy::verify(&emulator, domain).await?;
        }
    }
    serve(&emulator).await
}

/// False for an organization whose own coming or going is to be seen.
fn is_seeded(emulator: &Emulator, wanted: &DesiredOrganization) -> bool {
    wanted.removal.is_none()
        && (wanted.create.is_none() || emulator.has_organization(&wanted.alias))
}

/// The mail domains of a manifest, or those of its addresses where it does not tell them.
fn domains(desired: &Desired) -> Vec<String> {
    let organization = &desired.organization;
    if let Some(domains) = &organization.mail_domains {
        return domains.iter().cloned().collect();
    }
    let test = test_domain(&organization.alias);
    let addresses = desired.entities.values().flat_map(|declared| {
        let aliases = declared.aliases.iter().flat_map(|wish| &wish.items);
        declared.email.iter().chain(aliases)
    });
    let mut domains: Vec<String> = addresses
        .map(workmailctl::model::Address::domain)
        .filter(|domain| *domain != test)
        .collect();
    domains.sort();
    domains.dedup();
    domains
}

/// Serves an emulator until the runtime ends, and returns its URL.
async fn serve(emulator: &Emulator) -> Result<String, Failure> {
    let server = emulator
        .bind(([127, 0, 0, 1], 0).into())
        .await
        .map_err(|error| Failure::new(Exit::Error, chain(&error)))?;
    let url = format!("http://{}", server.address());
    tokio::spawn(server.run(std::future::pending()));
    Ok(url)
}
