//! Takes an AWS host apart: partition, service and region.

use super::aws_table::{Home, PARTITIONS, Partition, RESOURCES, WITH_RESOURCES, home, signing_name};

/// A host of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AwsHost {
    partition: &'static Partition,
    /// The labels before the partition's suffix, dots between them.
    labels: String,
    /// The name that the service signs with.
    pub(super) service: String,
    /// What stands in the region's place.
    pub(super) region: RegionLabel,
    /// Whether the host is the service's own, without labels of a bucket or an API before it.
    own: bool,
}

/// What stands in the region's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RegionLabel {
    /// A region.
    Literal(String),
    /// A server variable: `{region}`.
    Variable,
    /// Nothing.
    Absent,
}

/// Labels that say how a service is reached and not which it is.
const MANNERS: [&str; 5] = ["dualstack", "vpce", GLOBAL, "website", US_GOV];

/// The label in place of a region for what is in none.
const GLOBAL: &str = "global";

/// The label for the other partition of the United States, with a region beside it or in place of one.
const US_GOV: &str = "us-gov";

/// Whether a host is one of AWS's; a host that only ends alike, like `amazonaws.com.evil.example`, is not.
pub(crate) fn is_aws(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    suffix(&host).is_some()
}

fn suffix(host: &str) -> Option<(&'static Partition, &'static str)> {
    let suffixes =
        PARTITIONS.iter().flat_map(|partition| [(partition, partition.suffix), (partition, partition.dual_stack)]);
    let suffixes = suffixes.chain([(common(), RESOURCES)]);
    suffixes.filter(|(_, suffix)| host.ends_with(suffix) && host.len() > suffix.len()).max_by_key(|(_, s)| s.len())
}

/// The partition that a region belongs to; a region that no partition knows counts as the common one's.
fn partition_of(region: &str) -> &'static Partition {
    let known = PARTITIONS.iter().find(|partition| partition.regions.iter().any(|start| region.starts_with(start)));
    known.unwrap_or(common())
}

/// The partition of most regions.
fn common() -> &'static Partition {
    &PARTITIONS[PARTITIONS.len() - 1]
}

/// Whether a label is a region: `us-east-1`, `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.rsplit('-');
    let number = parts.next().unwrap_or_default();
    let words: Vec<&str> = parts.collect();
    let known = PARTITIONS.iter().any(|partition| partition.regions.iter().any(|start| label.starts_with(start)));
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    known
        && words.len() >= 2
        && words.iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text may stand as a region in a host and in a credential scope.
pub(super) fn is_plausible_region(region: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&region.len()) && region.bytes().all(fits) && !region.starts_with('-') && !region.ends_with('-')
}

/// The host of a service in a region, in the region's own partition; `None` for what is no region.
pub(crate) fn service_host(service: &str, region: &str) -> Option<String> {
    is_plausible_region(region).then(|| format!("{service}.{region}{}", partition_of(region).suffix))
}

impl AwsHost {
    /// Takes a host apart, in which server variables may stand in braces; `None` if it is not AWS's. Where several services
    /// share a host, the path of its requests tells which is meant.
    pub(super) fn parse(host: &str, path: &str) -> Option<AwsHost> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let (partition, suffix) = suffix(&host)?;
        let text = host.strip_suffix(suffix)?;
        let labels: Vec<&str> = text.split('.').collect();
        if labels.iter().any(|label| label.is_empty()) {
            return None;
        }
        let (labels_left, region) = split_region(&labels);
        let left: Vec<&str> = labels_left.iter().map(|label| label.strip_suffix("-fips").unwrap_or(label)).collect();
        if suffix == RESOURCES
            && (region == RegionLabel::Absent || !left.last().is_some_and(|last| WITH_RESOURCES.contains(last)))
        {
            return None;
        }
        let service = signing_name(&left, path)?;
        let own = left.len() == 1;
        Some(AwsHost { partition, labels: text.to_owned(), service, region, own })
    }

    /// Where the service lives if it is not regional and the host names no region.
    pub(super) fn home(&self) -> Option<Home> {
        if self.region != RegionLabel::Absent {
            return None;
        }
        let label = self.labels.rsplit('.').find(|label| !MANNERS.contains(label)).unwrap_or_default();
        let home = home(self.partition, label.strip_suffix("-fips").unwrap_or(label));
        if self.labels.split('.').any(|label| label == GLOBAL) {
            let region = home.map_or(self.partition.global_region, |(Home::Bare(region) | Home::Only(region))| region);
            return Some(Home::Bare(region));
        }
        home
    }

    /// Whether this is a bucket's own host, which lies in the bucket's region although its name does not say so.
    pub(super) fn is_bucket(&self) -> bool {
        self.service == "s3" && !self.own
    }

    /// Whether the host is an API Gateway's, behind which anything may be, signed or not.
    pub(super) fn is_execute_api(&self) -> bool {
        self.service == "execute-api"
    }

    /// The host with the region put in, in the region's own partition.
    pub(super) fn regional(&self, region: &str) -> String {
        format!("{}.{region}{}", self.labels, partition_of(region).suffix)
    }
}

/// Takes out the region and what says only how the service is reached; what is left ends in the service.
fn split_region<'a>(labels: &[&'a str]) -> (Vec<&'a str>, RegionLabel) {
    let at = labels.iter().rposition(|label| is_region(label) || is_variable(label));
    let at = at.or_else(|| labels.iter().rposition(|label| *label == US_GOV));
    let (before, region, after) = match at {
        Some(at) => {
            let label = labels.get(at).copied().unwrap_or_default();
            let region = match label {
                US_GOV => RegionLabel::Literal("us-gov-west-1".to_owned()),
                _ if is_variable(label) => RegionLabel::Variable,
                _ => RegionLabel::Literal(label.to_owned()),
            };
            (labels.get(..at).unwrap_or_default(), region, labels.get(at + 1..).unwrap_or_default())
        }
        None => return split_old_s3(labels),
    };
    let keep = |labels: &[&'a str]| -> Vec<&'a str> {
        labels.iter().copied().filter(|label| !MANNERS.contains(label)).collect()
    };
    let after = keep(after);
    // Some hosts name the region first: `search-x.us-east-1.es`.
    (if after.is_empty() { keep(before) } else { after }, region)
}

/// Whether a label is a server variable for the region: `{region}`.
fn is_variable(label: &str) -> bool {
    label.starts_with('{') && label.ends_with('}') && label.contains("region")
}

/// The old form `s3-us-west-2`, and hosts without a region.
fn split_old_s3<'a>(labels: &[&'a str]) -> (Vec<&'a str>, RegionLabel) {
    let mut left: Vec<&str> = labels.iter().copied().filter(|label| !MANNERS.contains(label)).collect();
    let old = left.last().and_then(|label| label.strip_prefix("s3-"));
    let region = match old {
        Some(region) if is_region(region) => RegionLabel::Literal(region.to_owned()),
        Some(variable) if is_variable(variable) => RegionLabel::Variable,
        _ => RegionLabel::Absent,
    };
    if region != RegionLabel::Absent {
        left.pop();
        left.push("s3");
    }
    (left, region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_apart() {
        let table = [
            ("rekognition.amazonaws.com", "rekognition", ""),
            ("rekognition.us-east-1.amazonaws.com", "rekognition", "us-east-1"),
            ("REKOGNITION.US-GOV-WEST-1.amazonaws.com.", "rekognition", "us-gov-west-1"),
            ("rekognition-fips.us-east-1.amazonaws.com", "rekognition", "us-east-1"),
            ("dynamodb.{region}.amazonaws.com", "dynamodb", "{}"),
            ("dynamodb.cn-north-1.amazonaws.com.cn", "dynamodb", "cn-north-1"),
            ("api.ecr.eu-west-1.amazonaws.com", "ecr", "eu-west-1"),
            ("streams.dynamodb.eu-west-1.amazonaws.com", "dynamodb", "eu-west-1"),
            ("email.eu-west-1.amazonaws.com", "ses", "eu-west-1"),
            ("geo.eu-west-1.amazonaws.com", "geo", "eu-west-1"),
            ("maps.geo.eu-west-1.amazonaws.com", "geo", "eu-west-1"),
            ("runtime.lex.us-east-1.amazonaws.com", "lex", "us-east-1"),
            ("pinpoint.us-east-1.amazonaws.com", "mobiletargeting", "us-east-1"),
            ("abc123.execute-api.eu-central-1.amazonaws.com", "execute-api", "eu-central-1"),
            ("search-logs.us-east-1.es.amazonaws.com", "es", "us-east-1"),
            ("my.bucket.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("s3.dualstack.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("s3-eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("s3-{region}.amazonaws.com", "s3", "{}"),
            ("bucket.s3.amazonaws.com", "s3", ""),
            ("bucket.s3-accelerate.amazonaws.com", "s3", ""),
            ("bucket.s3-accelerate.dualstack.amazonaws.com", "s3", ""),
            ("bucket--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "s3express", "us-east-1"),
            ("s3express-control.us-east-1.amazonaws.com", "s3express", "us-east-1"),
            ("abc.appsync-api.eu-west-1.amazonaws.com", "appsync", "eu-west-1"),
            ("abc.appsync-realtime-api.eu-west-1.amazonaws.com", "appsync", "eu-west-1"),
            ("db.cluster-abc.us-east-1.neptune.amazonaws.com", "neptune-db", "us-east-1"),
            ("db.cluster-abc.neptune.us-east-1.amazonaws.com", "neptune-db", "us-east-1"),
            ("g-abc.us-east-1.neptune-graph.amazonaws.com", "neptune-graph", "us-east-1"),
            ("123456789012.ddb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
            ("iot.us-east-1.amazonaws.com", "iot", "us-east-1"),
            ("data.iot.us-east-1.amazonaws.com", "iotdata", "us-east-1"),
            ("abc-ats.iot.us-east-1.amazonaws.com", "iotdata", "us-east-1"),
            ("abc.jobs.iot.us-east-1.amazonaws.com", "iot-jobs-data", "us-east-1"),
            ("api.tunneling.iot.us-east-1.amazonaws.com", "IoTSecuredTunneling", "us-east-1"),
            ("api.iot-tunneling.us-east-1.api.aws", "IoTSecuredTunneling", "us-east-1"),
            ("api.fleethub.iot.us-east-1.amazonaws.com", "iotfleethub", "us-east-1"),
            ("greengrass-ats.iot.us-gov-west-1.amazonaws.com", "greengrass", "us-gov-west-1"),
            ("vpce-1.iot.us-east-1.vpce.amazonaws.com", "iot", "us-east-1"),
            ("data.iotevents.us-east-1.amazonaws.com", "ioteventsdata", "us-east-1"),
            ("iotevents.us-east-1.amazonaws.com", "iotevents", "us-east-1"),
            ("cloudsearchdomain.us-east-1.amazonaws.com", "cloudsearch", "us-east-1"),
            ("search-films-abc.us-east-1.cloudsearch.amazonaws.com", "cloudsearch", "us-east-1"),
            ("aps-workspaces.us-east-1.amazonaws.com", "aps", "us-east-1"),
            ("sync-states.us-east-1.amazonaws.com", "states", "us-east-1"),
            ("vpce-1.rekognition.us-east-1.vpce.amazonaws.com", "rekognition", "us-east-1"),
            ("workflows-omics.us-east-1.amazonaws.com", "omics", "us-east-1"),
            ("control-storage-omics.us-east-1.api.aws", "omics", "us-east-1"),
            ("streams-dynamodb.us-east-1.api.aws", "dynamodb", "us-east-1"),
            ("123456789012.search-dynamodb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
            ("123456789012.streams-ddb.us-east-1.api.aws", "dynamodb", "us-east-1"),
            ("123456789012.data-kinesis.us-east-1.amazonaws.com", "kinesis", "us-east-1"),
            ("123456789012.control-kinesis-fips.us-east-1.amazonaws.com", "kinesis", "us-east-1"),
            ("efs-fips.us-east-1.api.aws", "elasticfilesystem", "us-east-1"),
            ("mturk-requester-sandbox.us-east-1.amazonaws.com", "mturk-requester", "us-east-1"),
            ("metering-marketplace.us-east-1.api.aws", "aws-marketplace", "us-east-1"),
            ("arc-recovery-control-config.us-west-2.api.aws", "route53-recovery-control-config", "us-west-2"),
            ("timestream-ingest.us-east-1.api.aws", "timestream", "us-east-1"),
            ("transcribestreaming.us-east-1.amazonaws.com", "transcribe", "us-east-1"),
            ("iam.us-gov.amazonaws.com", "iam", "us-gov-west-1"),
            ("routes.geo.us-gov-west-1.us-gov.amazonaws.com", "geo", "us-gov-west-1"),
            ("routes.geo.{region}.us-gov.amazonaws.com", "geo", "{}"),
            ("lambda.us-east-1.api.aws", "lambda", "us-east-1"),
            ("xyz.lambda-url.us-east-1.on.aws", "lambda", "us-east-1"),
            ("xyz.lambda-url.{region}.on.aws", "lambda", "{}"),
            ("neptune-graph.us-east-1.on.aws", "neptune-graph", "us-east-1"),
            ("g-abc.neptune-graph.us-east-1.on.aws", "neptune-graph", "us-east-1"),
            ("search-films-abc.aos.us-east-1.on.aws", "es", "us-east-1"),
            ("sqs.us-iso-east-1.c2s.ic.gov", "sqs", "us-iso-east-1"),
        ];
        for (host, service, region) in table {
            let parsed = AwsHost::parse(host, "/").unwrap();
            let expected = match region {
                "" => RegionLabel::Absent,
                "{}" => RegionLabel::Variable,
                region => RegionLabel::Literal(region.to_owned()),
            };
            assert_eq!((parsed.service.as_str(), parsed.region), (service, expected), "{host}");
            assert!(is_aws(host), "{host}");
        }
        for host in [
            "example.com",
            "amazonaws.com",
            "evilamazonaws.com",
            "s3.amazonaws.com.evil.example",
            "",
            ".amazonaws.com",
            "xyz.on.aws",
            "xyz.unknown.us-east-1.on.aws",
        ] {
            assert_eq!(AwsHost::parse(host, "/"), None, "{host}");
        }
    }

    #[test]
    fn a_path_tells_services_of_one_host_apart() {
        let table = [
            ("maps.geo.eu-west-1.amazonaws.com", "/v2/tiles/{Tileset}", "geo-maps"),
            ("maps.geo.eu-west-1.amazonaws.com", "/v2", "geo-maps"),
            ("maps.geo.eu-west-1.amazonaws.com", "/v20", "geo"),
            ("maps.geo.eu-west-1.amazonaws.com", "/maps/v0/maps/{MapName}", "geo"),
            ("places.geo-fips.us-east-1.api.aws", "/v2/geocode", "geo-places"),
            ("routes.geo.us-gov-west-1.us-gov.amazonaws.com", "/v2/routes", "geo-routes"),
            ("cp.routes.geo.eu-west-1.amazonaws.com", "/routes/v0/calculators", "geo"),
            ("rekognition.eu-west-1.amazonaws.com", "/v2", "rekognition"),
        ];
        for (host, path, service) in table {
            assert_eq!(AwsHost::parse(host, path).unwrap().service, service, "{host}{path}");
        }
    }

    #[test]
    fn a_region_moves_the_host_to_its_partition() {
        let host = AwsHost::parse("rekognition.amazonaws.com", "/").unwrap();
        let table = [
            ("eu-west-1", "rekognition.eu-west-1.amazonaws.com"),
            ("us-gov-west-1", "rekognition.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "rekognition.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "rekognition.eusc-de-east-1.amazonaws.eu"),
            ("us-isob-east-1", "rekognition.us-isob-east-1.sc2s.sgov.gov"),
            ("zz-new-1", "rekognition.zz-new-1.amazonaws.com"),
        ];
        for (region, expected) in table {
            assert_eq!(host.regional(region), expected);
        }
    }

    #[test]
    fn a_region_can_smuggle_nothing_into_a_host() {
        for region in ["", "evil.example/", "us-east-1.evil", "US-EAST-1", "-x", "a b", "us-east-1\r\n"] {
            assert!(!is_plausible_region(region), "{region}");
        }
        assert!(is_plausible_region("us-east-1"));
    }
}
