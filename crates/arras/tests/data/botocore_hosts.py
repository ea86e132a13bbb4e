"""Prints the hosts of botocore's rules and models, each with a path and the service and region it is signed for.

The first line is botocore's version, each other one a row, tabs between its columns. Rules are not evaluated: each URL
that stands in one is a row, with made-up values in place of its parts. The region is empty where the rule names none.
"""

import json
import re

import botocore
from botocore.session import Session

REGION = "eu-west-1"
ENDS = {
    "implicitGlobalRegion": "us-east-1",
    "egion": REGION,
    "dualStackDnsSuffix": "api.aws",
    "nsSuffix": "amazonaws.com",
    "OperationType": "control",
    "CustomEndpointSuffixValue": "",
}


def made_up(part):
    """What stands in place of a part of a template: its name tells what it is."""
    return next((value for end, value in ENDS.items() if part[1].endswith(end)), "made-up")


def filled(template):
    return re.sub(r"\{(.*?)\}", made_up, template)


def endpoints(rules):
    for rule in rules:
        yield from endpoints(rule.get("rules", []))
        endpoint = rule.get("endpoint", {})
        url = str(endpoint.get("url"))
        # what begins or goes on in another way is an endpoint of the user's own
        if url.startswith("https://") and "{url#" not in url:
            schemes = endpoint.get("properties", {}).get("authSchemes", [])
            signed = [scheme for scheme in schemes if scheme["name"] == "sigv4"]
            if signed or not schemes:
                yield url, (signed or [{}])[0]


def operations(model):
    kind = model.metadata.get("signatureVersion")
    known = [model.operation_model(name) for name in model.operation_names]
    signed = [operation for operation in known if (operation.auth_type or kind) not in ("none", "bearer")]
    return {((one.endpoint or {}).get("hostPrefix", ""), start(one.http.get("requestUri", "/"))) for one in signed}


def start(path):
    """The first segment of a path, in which no parameter stands."""
    return "/" + re.split(r"[/?{#]", path[1:])[0]


print(botocore.__version__)
session = Session()
loader = session.get_component("data_loader")
rows = set()
for name in session.get_available_services():
    model = session.get_service_model(name)
    rules = loader.load_service_model(name, "endpoint-rule-set-1")["rules"]
    for url, scheme in endpoints(rules):
        service = scheme.get("signingName", model.signing_name)
        region = filled(scheme.get("signingRegion", ""))
        base = filled(url).split("://")[1]
        for prefix, path in operations(model):
            host, _, rest = (filled(prefix) + base).partition("/")
            rows.add((host, "/" + rest if rest else path, service, region))
for row in sorted(rows):
    print(*row, sep="\t")
