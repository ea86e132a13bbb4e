//! Facts about AWS's hosts: partitions, signing names that differ from the host, services that have no regional host.
//!
//! Taken from what AWS publishes for its SDKs: the partitions' file, the services' endpoint lists and the `signingName`
//! beside each `endpointPrefix`. Only what differs from the rule stands here: a service that is missing signs with its
//! host label and lives at `SERVICE.REGION.SUFFIX`.

/// A set of regions with accounts of its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Partition {
    /// What its hosts end in, with the leading dot.
    pub(super) suffix: &'static str,
    /// A second domain for the same services, over IPv6 too.
    pub(super) dual_stack: &'static str,
    /// How its regions begin.
    pub(super) regions: &'static [&'static str],
    /// The region that its global services are signed for.
    pub(super) global_region: &'static str,
}

const AWS: Partition = Partition {
    suffix: ".amazonaws.com",
    dual_stack: ".api.aws",
    regions: &["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"],
    global_region: "us-east-1",
};

/// The partitions; where regions begin alike the more exact one stands first. The last is the common one.
pub(super) const PARTITIONS: [Partition; 8] = [
    Partition {
        suffix: ".amazonaws.com.cn",
        dual_stack: ".api.amazonwebservices.com.cn",
        regions: &["cn-"],
        global_region: "cn-northwest-1",
    },
    Partition {
        suffix: ".amazonaws.com",
        dual_stack: ".api.aws",
        regions: &["us-gov-"],
        global_region: "us-gov-west-1",
    },
    Partition {
        suffix: ".c2s.ic.gov",
        dual_stack: ".api.aws.ic.gov",
        regions: &["us-iso-"],
        global_region: "us-iso-east-1",
    },
    Partition {
        suffix: ".sc2s.sgov.gov",
        dual_stack: ".api.aws.scloud",
        regions: &["us-isob-"],
        global_region: "us-isob-east-1",
    },
    Partition {
        suffix: ".csp.hci.ic.gov",
        dual_stack: ".api.aws.hci.ic.gov",
        regions: &["us-isof-"],
        global_region: "us-isof-south-1",
    },
    Partition {
        suffix: ".cloud.adc-e.uk",
        dual_stack: ".api.cloud-aws.adc-e.uk",
        regions: &["eu-isoe-"],
        global_region: "eu-isoe-west-1",
    },
    Partition {
        suffix: ".amazonaws.eu",
        dual_stack: ".api.amazonwebservices.eu",
        regions: &["eusc-"],
        global_region: "eusc-de-east-1",
    },
    AWS,
];

/// Where a service that is not regional is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// At a host without a region, which must stay as it is; signed for this region.
    Bare(&'static str),
    /// In this one region alone, which its host names.
    Only(&'static str),
}

/// Services that are not regional, by the labels before the suffix, in the common partition.
const NOT_REGIONAL: [(&str, Home); 22] = [
    ("account", Home::Only("us-east-1")),
    ("billingconductor", Home::Only("us-east-1")),
    ("budgets", Home::Bare("us-east-1")),
    ("ce", Home::Only("us-east-1")),
    ("chime", Home::Only("us-east-1")),
    ("cloudfront", Home::Bare("us-east-1")),
    ("health", Home::Bare("us-east-1")),
    ("iam", Home::Bare("us-east-1")),
    ("importexport", Home::Bare("us-east-1")),
    ("networkmanager", Home::Only("us-west-2")),
    ("organizations", Home::Bare("us-east-1")),
    ("route53", Home::Bare("us-east-1")),
    ("s3", Home::Bare("us-east-1")),
    ("s3-accelerate", Home::Bare("us-east-1")),
    ("s3-external-1", Home::Bare("us-east-1")),
    ("savingsplans", Home::Bare("us-east-1")),
    ("sdb", Home::Bare("us-east-1")),
    ("shield", Home::Only("us-east-1")),
    ("sts", Home::Bare("us-east-1")),
    ("support", Home::Only("us-east-1")),
    ("tax", Home::Only("us-east-1")),
    ("waf", Home::Bare("us-east-1")),
];

/// The same in China.
const NOT_REGIONAL_CN: [(&str, Home); 9] = [
    ("account", Home::Only("cn-northwest-1")),
    ("budgets", Home::Bare("cn-northwest-1")),
    ("ce", Home::Only("cn-northwest-1")),
    ("cloudfront", Home::Only("cn-northwest-1")),
    ("health", Home::Bare("cn-northwest-1")),
    ("iam", Home::Only("cn-north-1")),
    ("organizations", Home::Only("cn-northwest-1")),
    ("route53", Home::Bare("cn-northwest-1")),
    ("support", Home::Only("cn-north-1")),
];

/// Hosts without a region in the other partitions, each signed for the partition's global region.
const BARE_ELSEWHERE: [&str; 6] = ["budgets", "cloudfront", "health", "iam", "route53", "savingsplans"];

/// Where a service that is not regional lives; `None` for a regional one.
pub(super) fn home(partition: &Partition, label: &str) -> Option<Home> {
    let row = |table: &[(&str, Home)]| table.iter().find(|(name, _)| *name == label).map(|(_, home)| *home);
    match partition.suffix {
        ".amazonaws.com" => row(&NOT_REGIONAL),
        ".amazonaws.com.cn" => row(&NOT_REGIONAL_CN),
        _ => BARE_ELSEWHERE.contains(&label).then_some(Home::Bare(partition.global_region)),
    }
}

/// What the hosts of customers' own resources end in: `ID.SERVICE.REGION.on.aws`.
pub(super) const RESOURCES: &str = ".on.aws";

/// The services whose resources are reached there by signed requests.
pub(super) const WITH_RESOURCES: [&str; 4] = ["aos", "lambda-url", "neptune-graph", "osm"];

/// Signing names that differ from the last label before the region, by as many of the last labels as tell it, and by what
/// the path begins with where several services share a host. `*` stands for any label, or the rest of one; such rows stand
/// last, behind the exact ones.
const SIGNING_NAMES: &[(&str, &str)] = &[
    ("account-access-runtime", "account-access"),
    ("acm-acme", "acm"),
    ("admin.wickr", "wickr"),
    ("agent-registry-control", "agent-registry"),
    ("agreement-marketplace", "aws-marketplace"),
    ("analytics-omics", "omics"),
    ("aos", "es"),
    ("api.fleethub.iot", "iotfleethub"),
    ("api.tunneling.iot", "IoTSecuredTunneling"),
    ("appconfigdata", "appconfig"),
    ("appstream2", "appstream"),
    ("appsync-api", "appsync"),
    ("appsync-realtime-api", "appsync"),
    ("aps-workspaces", "aps"),
    ("arc-recovery-control-config", "route53-recovery-control-config"),
    ("arc-region-switch-control-plane", "arc-region-switch"),
    ("backupstorage", "backup-storage"),
    ("bedrock-agent", "bedrock"),
    ("bedrock-agent-runtime", "bedrock"),
    ("bedrock-agentcore-control", "bedrock-agentcore"),
    ("bedrock-data-automation", "bedrock"),
    ("bedrock-data-automation-runtime", "bedrock"),
    ("bedrock-runtime", "bedrock"),
    ("cassandra-streams", "cassandra"),
    ("catalog-marketplace", "aws-marketplace"),
    ("catalog.marketplace", "aws-marketplace"),
    ("cloudhsmv2", "cloudhsm"),
    ("cloudsearchdomain", "cloudsearch"),
    ("cloudwatch-omni", "cloudwatch"),
    ("contact-lens", "connect"),
    ("control-kinesis", "kinesis"),
    ("control-kinesis-queues", "kinesis"),
    ("control-storage-omics", "omics"),
    ("data-kinesis", "kinesis"),
    ("data-kinesis-queues", "kinesis"),
    ("data-lakeformation", "lakeformation"),
    ("data-servicediscovery", "servicediscovery"),
    ("data-signer", "signer"),
    ("data.iotevents", "ioteventsdata"),
    ("ddb", "dynamodb"),
    ("deployment-marketplace", "aws-marketplace"),
    ("discovery-datasync", "datasync"),
    ("discovery-marketplace", "aws-marketplace"),
    ("efs", "elasticfilesystem"),
    ("email", "ses"),
    ("entitlement-marketplace", "aws-marketplace"),
    ("entitlement.marketplace", "aws-marketplace"),
    ("eventsv2", "events"),
    ("forecastquery", "forecast"),
    ("greengrass-ats.iot", "greengrass"),
    ("iam-toolbox", "iam"),
    ("identity-chime", "chime"),
    ("importexport", "IngestionService"),
    ("iot-tunneling", "IoTSecuredTunneling"),
    ("ivsrealtime", "ivs"),
    ("kafka-api", "kafka"),
    ("kinesis-queues", "kinesis"),
    ("lambda-url", "lambda"),
    ("mail-manager", "ses"),
    ("maps.geo/v2", "geo-maps"),
    ("marketplace", "aws-marketplace"),
    ("media-pipelines-chime", "chime"),
    ("meetings-chime", "chime"),
    ("memory-db", "memorydb"),
    ("messaging-chime", "chime"),
    ("metering-marketplace", "aws-marketplace"),
    ("metering.marketplace", "aws-marketplace"),
    ("migrationhub-config", "mgh"),
    ("mobile", "AWSMobileHubService"),
    ("models-v2-lex", "lex"),
    ("mturk-requester-sandbox", "mturk-requester"),
    ("neptune", "neptune-db"),
    ("oidc", "sso-oauth"),
    ("participant.connect", "execute-api"),
    ("partnercentral-prm", "partnercentral"),
    ("personalize-events", "personalize"),
    ("personalize-runtime", "personalize"),
    ("pinpoint", "mobiletargeting"),
    ("places.geo/v2", "geo-places"),
    ("portal.sso", "awsssoportal"),
    ("query-lakeformation", "lakeformation"),
    ("queue", "sqs"),
    ("reporting-marketplace", "aws-marketplace"),
    ("routes.geo/v2", "geo-routes"),
    ("runtime-medical-imaging", "medical-imaging"),
    ("runtime-v2-lex", "lex"),
    ("s3-accelerate", "s3"),
    ("s3-accesspoint", "s3"),
    ("s3-control", "s3"),
    ("s3-external-1", "s3"),
    ("search-ddb", "dynamodb"),
    ("search-dynamodb", "dynamodb"),
    ("servicecatalog-appregistry", "servicecatalog"),
    ("sms-voice.pinpoint", "sms-voice"),
    ("storage-omics", "omics"),
    ("stream-logs", "logs"),
    ("streams-ddb", "dynamodb"),
    ("streams-dynamodb", "dynamodb"),
    ("streams.dynamodb", "dynamodb"),
    ("sync-states", "states"),
    ("tags-omics", "omics"),
    ("timestream-ingest", "timestream"),
    ("timestream-query", "timestream"),
    ("transcribestreaming", "transcribe"),
    ("voice-chime", "chime"),
    ("wellarchitected-agent", "wellarchitected"),
    ("workflows-omics", "omics"),
    ("*.iot", "iotdata"),
    ("*.jobs.iot", "iot-jobs-data"),
    ("s3express-*", "s3express"),
];

/// The name under which a host's service signs, by its labels from the left and the path; the most labels that tell it
/// decide.
pub(super) fn signing_name(labels: &[&str], path: &str) -> Option<String> {
    let last = *labels.last()?;
    let known = |from: usize| {
        let labels = labels.get(from..)?;
        SIGNING_NAMES.iter().find(|(row, _)| is_told_by(row, labels, path)).map(|(_, name)| (*name).to_owned())
    };
    (0..labels.len()).find_map(known).or_else(|| Some(last.to_owned()))
}

/// Whether labels and a path are those of a row. The label of an endpoint within a network of one's own names no resource.
fn is_told_by(row: &str, labels: &[&str], path: &str) -> bool {
    let (host, start) = row.split_once('/').unwrap_or((row, ""));
    let mut segments = path.split('/').skip(1);
    let begins = start.is_empty() || segments.next() == Some(start);
    let same = |(row, label): (&str, &&str)| match row.strip_suffix('*') {
        Some(start) => label.starts_with(start) && !label.starts_with("vpce-"),
        None => row == *label,
    };
    begins && host.split('.').count() == labels.len() && host.split('.').zip(labels).all(same)
}
