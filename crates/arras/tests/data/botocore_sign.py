"""Signs requests by botocore: one JSON object a line in, one a line out, in the same order."""

import base64
import json
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

# S3's signer leaves the content's hash out over https unless it is asked for it.
HASHED = Config(s3={"payload_signing_enabled": True})


def sign(asked):
    credentials = Credentials(asked["key"], asked["secret"], asked["token"])
    kind = S3SigV4Auth if asked["service"] == "s3" else SigV4Auth
    signer = kind(credentials, asked["service"], asked["region"])
    request = AWSRequest(
        method=asked["method"], url=asked["url"], data=base64.b64decode(asked["body"])
    )
    for name, value in asked["headers"]:
        request.headers.add_header(name, value)
    request.context.update(timestamp=asked["at"], client_config=HASHED)
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)
    return {
        "authorization": request.headers["Authorization"],
        "hash": request.headers.get("X-Amz-Content-SHA256"),
        "canonical": canonical,
    }


for line in sys.stdin:
    print(json.dumps(sign(json.loads(line))))
