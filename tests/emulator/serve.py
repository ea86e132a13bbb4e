"""Serves AWS's services by moto on a free port of loopback, every signature verified, until standard input ends.

Its first line on standard output is a JSON object: the URL, the keys of a user who may do everything and of one who may
only assume roles, and the ARN of a role that may do everything.
"""

import json
import logging
import os
import sys
import threading

# No request goes unverified.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
# Functions are kept, not run.
os.environ.pop("DOCKER_HOST", None)

from moto.iam.access_control import IAMRequestBase  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

ACCOUNT = "123456789012"
ROLE = "emulated"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def hash_what_was_sent():
    """moto takes a request's query for its body where there is none, and then finds that the signature differs."""
    make = IAMRequestBase._create_aws_request

    def mended(self):
        request = make(self)
        if not self._body and self._method in ("GET", "HEAD", "DELETE"):
            request.data = b""
        return request

    IAMRequestBase._create_aws_request = mended


def label_json(application):
    """moto labels the JSON answers of some services as HTML, which the services do not."""

    def labelled(environ, start_response):
        held = {}

        def hold(status, headers, exc_info=None):
            held.update(status=status, headers=headers)

        body = b"".join(application(environ, hold))
        if body.startswith(b"{"):
            kinds = {"content-type": "application/json"}
            held["headers"] = [
                (name, kinds.get(name.lower(), value) if value.startswith("text/html") else value)
                for name, value in held["headers"]
            ]
        start_response(held["status"], held["headers"])
        return [body]

    return labelled


def user(iam, name, *statements):
    iam.create_user(region_name="us-east-1", user_name=name)
    for statement in statements:
        iam.put_user_policy(name, "own", policy(**statement))
    key = iam.create_access_key(name)
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


def role(iam):
    trust = policy(Effect="Allow", Action="sts:AssumeRole", Principal={"AWS": "*", "Service": "lambda.amazonaws.com"})
    made = iam.create_role(ROLE, trust, "/", None, "", [], "3600")
    iam.put_role_policy(ROLE, "own", policy(**EVERYTHING))
    return made.arn


def main():
    hash_what_was_sent()
    iam = iam_backends[ACCOUNT]["aws"]
    users = {"admin": user(iam, "ada", EVERYTHING), "guest": user(iam, "nemo", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})}
    arn = role(iam)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = label_json(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    print(json.dumps({"url": url, "roleArn": arn, **users}), flush=True)
    sys.stdin.read()


main()
