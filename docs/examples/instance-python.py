#!/usr/bin/env python3
"""Instances that are files in a folder: an instance plugin with nothing but Python's standard library."""

import argparse, json, os, signal, socket, sys, threading, uuid
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from urllib.parse import quote, unquote

PROVISION_KEY = "infrakit.provision"
INPUT, NOT_FOUND, UNAVAILABLE, NO_METHOD, NOT_JSON = -32602, -32001, -32003, -32601, -32700
KINDS = {NOT_FOUND: "not-found", UNAVAILABLE: "unavailable", NO_METHOD: "incompatible"}  # all others: input


class Refused(Exception):
    def __init__(self, code, message, path=None):
        super().__init__(message)
        self.code, self.data = code, {"Kind": KINDS.get(code, "input"), **({"Path": path} if path else {})}


class Instances:
    """The methods of the interface Instance/0.5.0. `.json` files are instances; a name never leaves the folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()  # a change looks and then writes

    def path(self, instance):
        return self.folder / (quote(instance, safe="") + ".json")

    def read(self, path):
        try:
            return json.loads(path.read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # what cannot be read is not gone
            raise Refused(UNAVAILABLE, f"cannot read {path}: {error}")

    def find(self, instance):
        spec = self.read(self.path(instance))
        if spec is None:
            raise Refused(NOT_FOUND, f"there is no instance '{instance}'")
        return spec

    def write(self, instance, spec):
        unfinished = self.path(instance).with_suffix(".unfinished")
        unfinished.write_text(json.dumps(spec))
        os.replace(unfinished, self.path(instance))  # all of it or nothing

    def validate(self, params):
        properties = params.get("Properties")
        if not isinstance(properties, dict) or not isinstance(properties.get("Note"), str):
            raise Refused(INPUT, "Properties.Note: expected a text", "Properties.Note")
        return {"OK": True}

    def provision(self, params):
        spec = params["Spec"]
        instance = (spec.get("Tags") or {}).get(PROVISION_KEY) or str(uuid.uuid4())
        with self.lock:
            if not self.path(instance).exists():  # a repeated key is the same instance
                self.write(instance, spec)
        return {"ID": instance}

    def label(self, params):
        with self.lock:
            spec = self.find(params["Instance"])
            spec["Tags"] = {**(spec.get("Tags") or {}), **params["Labels"]}
            self.write(params["Instance"], spec)
        return {"OK": True}

    def destroy(self, params):
        with self.lock:
            self.find(params["Instance"])
            self.path(params["Instance"]).unlink()
        return {"OK": True}

    def describe_instances(self, params):
        wanted = (params.get("Tags") or {}).items()
        descriptions = []
        for path in sorted(self.folder.glob("*.json")):
            spec = self.read(path)  # None: gone since the folder was listed
            if spec is not None and wanted <= (spec.get("Tags") or {}).items():
                shown = ["LogicalID", "Tags"] + (["Properties"] if params.get("Properties") else [])
                descriptions.append({"ID": unquote(path.stem), **{key: spec.get(key) for key in shown}})
        return {"Descriptions": descriptions}


def methods_of(instances):
    return {
        "Handshake.Implements": lambda _: {"APIs": [{"Name": "Instance", "Version": "0.5.0"}]},
        "Handshake.Types": lambda _: {"Types": {"Instance/0.5.0": ["."]}},
        "Instance.Validate": instances.validate,
        "Instance.Provision": instances.provision,
        "Instance.Label": instances.label,
        "Instance.Destroy": instances.destroy,
        "Instance.DescribeInstances": instances.describe_instances,
    }


def read_request(body):
    try:
        request = json.loads(body)  # Python's integers have no limit: the id goes back as it came
    except ValueError as error:
        raise Refused(NOT_JSON, f"not JSON: {error}")
    if not isinstance(request, dict):
        raise Refused(INPUT, "a request is an object")
    return request


def answer(methods, body):
    """What is to be sent back; None for a request without id, which is not answered."""
    request = {"id": None}
    try:
        request = read_request(body)
        method = methods.get(request["method"])
        if method is None:
            raise Refused(NO_METHOD, f"rpc: can't find method \"{request['method']}\"")
        params = request.get("params") or {}
        outcome = {"result": method(params[0] if isinstance(params, list) else params)}
    except Refused as error:
        outcome = {"error": {"code": error.code, "message": str(error), "data": error.data}}
    except OSError as error:
        outcome = {"error": {"code": UNAVAILABLE, "message": str(error), "data": {"Kind": "unavailable"}}}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        outcome = {"error": {"code": INPUT, "message": f"bad request: {error!r}", "data": {"Kind": "input"}}}
    return {"jsonrpc": "2.0", **outcome, "id": request["id"]} if "id" in request else None


class Server(ThreadingMixIn, UnixStreamServer):
    request_queue_size = 128


def handler_of(methods):
    class Handler(BaseHTTPRequestHandler):
        timeout = 60

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answered = answer(methods, body)
            reply = json.dumps(answered).encode() + b"\n" if answered else b""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass  # a line for every call would say nothing

    return Handler


def claim(path):
    """Makes way for our socket. One that somebody still serves is left alone; a stale one is removed."""
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.connect(str(path))
        sys.exit(f"{path}: another process serves this plugin")
    except (FileNotFoundError, ConnectionRefusedError):
        path.unlink(missing_ok=True)
    finally:
        probe.close()


def main():
    home = os.environ.get("INFRAKIT_HOME") or os.path.expanduser("~/.infrakit")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", required=True, help="where the instances are")
    parser.add_argument("--name", default="instance-python", help="name of the socket")
    parser.add_argument("--plugins-dir", default=os.environ.get("INFRAKIT_PLUGINS_DIR") or f"{home}/plugins")
    args = parser.parse_args()
    os.umask(0o077)  # the socket is for us alone
    path = Path(args.plugins_dir) / args.name
    path.parent.mkdir(parents=True, exist_ok=True)
    claim(path)
    server = Server(str(path), handler_of(methods_of(Instances(args.dir))))
    pid = Path(f"{path}.pid")
    pid.write_text(str(os.getpid()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        path.unlink(missing_ok=True)
        pid.unlink(missing_ok=True)
        server.server_close()  # waits for the calls that are being answered


main()
