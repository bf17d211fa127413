//! `Session`: a connection to the organization that a command is about, live or in an emulator
//! inside the process.
#![expect(clippy::disallowed_methods, reason = "serves the embedded emulator")]

use std::path::Path;
use std::sync::OnceLock;

use workmailctl::client::{Client, Connect};
use workmailctl::emulator::{Emulator, Options};
use workmailctl::kinds::KINDS;
use workmailctl::live::{self, Needs};
use workmailctl::model::{Desired, DesiredOrganization, Pins, Snapshot};
use workmailctl::plan::{OrganizationStamp, Plan};
use workmailctl::report::Source;

use super::copy;
use super::failure::{Exit, Failure, chain};
use super::files::now;
use super::global::Global;
use super::secrets::{SecretFlags, Vault};

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
}

impl Session {
    /// Connects as the flags say, to the organization of a manifest where there is one.
    pub(crate) async fn open(global: &Global, desired: Option<&Desired>) -> Result<Self, Failure> {
        let wanted = wanted(global, desired)?;
        Self::begin(global, wanted, desired).await
    }

    /// Connects to the organization that a saved plan is for.
    pub(crate) async fn open_saved(
        global: &Global,
        stamp: &OrganizationStamp,
    ) -> Result<Self, Failure> {
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
                id: Some(stamp.id.clone()),
                region: (!stamp.region.is_empty()).then(|| stamp.region.clone()),
                account_id: None,
            },
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
        })
    }

    /// Reads what is needed of the organization.
    pub(crate) async fn read(&self, needs: &Needs) -> Result<Snapshot, Failure> {
        let mut wanted = self.wanted.clone();
        if let Some(client) = self.client.get() {
            wanted.pins.id = Some(client.organization().to_owned());
        } else if wanted.alias.is_empty() && wanted.pins.id.is_none() {
            wanted.pins.id = Some(Box::pin(self.only_organization()).await?);
        }
        let (mut snapshot, client) =
            Box::pin(live::read(&self.connection, KINDS, &wanted, needs, now()))
                .await
                .map_err(|error| Failure::new(Exit::of_code(error.exit_code()), chain(&error)))?;
        snapshot.organization.caller.clone_from(&self.caller);
        let _ = self.client.set(client);
        Ok(snapshot)
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
        let caller = match Box::pin(client.caller()).await {
            Some(Ok(arn)) => Some(arn),
            Some(Err(_)) | None => None,
        };
        tracing::info!(
            region = client.region(),
            endpoint = connect.endpoint_url.as_deref(),
            profile = connect.profile.as_deref(),
            caller = caller.as_deref(),
            "connected"
        );
        Ok(Self {
            source,
            caller,
            connection: client,
            client: OnceLock::new(),
            wanted,
            scratch: None,
            connect,
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
    if let Some(desired) = desired {
        emulator
            .ensure_organization(&desired.organization.alias, &domains(desired))
            .map_err(failed)?;
    }
    serve(&emulator).await
}

/// The mail domains of a manifest, or those of its addresses where it does not tell them.
fn domains(desired: &Desired) -> Vec<String> {
    let organization = &desired.organization;
    if let Some(domains) = &organization.mail_domains {
        return domains.iter().cloned().collect();
    }
    let test = format!("{}.awsapps.com", organization.alias.to_lowercase());
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
