"""Trains, exports to a real MLflow server, and asks that server's own client what arrived.

    python tests/runs/mlflow_server.py build/glia

Runs under GLIA_PEER_PYTHON, or the Python that `./x logs` installs; says SKIPPED where MLflow is not there.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPERIMENT = """name: line
data: {train: rows.csv, test: other.csv, validation: 0.25, target: {column: y}}
model: {layers: [{dense: {units: 3, activation: relu}}, {dense: {units: 1}}]}
train: {loss: mean_squared_error, epochs: 3, batch_size: 16}
seed: 4
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_server(folder, port):
    server = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
         "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts"],
        stdout=open(folder / "server.log", "w"), stderr=subprocess.STDOUT, cwd=folder, start_new_session=True)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).read()
            return server
        except OSError:
            assert server.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.3)
    raise SystemExit("the server did not start in time\n" + (folder / "server.log").read_text())


def glia(command, folder, *words, code=0):
    environment = {**os.environ, "GLIA_RUNS_INDEX": str(folder / "runs.db"), "no_proxy": "127.0.0.1"}
    done = subprocess.run([command, *words], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def train(command, folder):
    with open(folder / "rows.csv", "w") as rows:
        rows.write("x,y\n" + "".join(f"{i},{3 * i + 7}.5\n" for i in range(64)))
    with open(folder / "other.csv", "w") as rows:
        rows.write("x,y\n" + "".join(f"{i + .5},{3 * i + 9}.25\n" for i in range(20)))
    (folder / "line.yaml").write_text(EXPERIMENT)
    glia(command, folder, "train", "line.yaml", "--out", "one", "--threads", "1")
    glia(command, folder, "train", "line.yaml", "--out", "two", "--threads", "1", "--set", "seed=5")


def check(command, folder, url):
    import mlflow
    first = json.loads(glia(command, folder, "runs", "export", "--mlflow", url, "--experiment", "ours é", "1",
                            "--json").stdout)
    assert first["runs"][0]["sent"] is True
    again = json.loads(glia(command, folder, "runs", "export", "--mlflow", url + "/", "--experiment", "ours é",
                            "--json").stdout)
    assert [run["sent"] for run in again["runs"]] == [False, True], again
    assert again["runs"][0]["mlflow"] == first["runs"][0]["mlflow"]

    client = mlflow.MlflowClient(url)
    experiment = client.get_experiment_by_name("ours é")
    assert len(client.search_runs([experiment.experiment_id])) == 2
    run = client.get_run(first["runs"][0]["mlflow"])
    result = json.loads((folder / "one" / "result.json").read_text())
    records = [json.loads(line) for line in (folder / "one" / "metrics.jsonl").read_text().splitlines()]
    assert run.info.run_name == "line" and run.info.status == "FINISHED"
    assert run.data.params["train.epochs"] == "3" and run.data.params["seed"] == "4"
    assert run.data.params["model.layers.0.dense.units"] == "3"
    assert run.data.tags["glia.weights_sha256"] == result["weights_sha256"]
    assert run.data.tags["mlflow.source.name"].startswith("glia train line.yaml")
    for name in ("loss", "val_loss", "learning_rate"):
        history = sorted((m.step, m.value) for m in client.get_metric_history(run.info.run_id, name))
        assert history == [(r["step"], r[name]) for r in records], (name, history)
    for name, value in result["test"]["metrics"].items():
        if isinstance(value, float):
            assert run.data.metrics["test." + name] == value, name
    taken = (run.info.end_time - run.info.start_time) / 1000
    assert 0 <= taken < 600 and abs(run.info.end_time / 1000 - time.time()) < 600

    # A half that an earlier export left is replaced.
    client.delete_run(run.info.run_id)
    half = client.create_run(experiment.experiment_id, tags={"glia.run": run.data.tags["glia.run"]})
    third = json.loads(glia(command, folder, "runs", "export", "--mlflow", url, "--experiment", "ours é", "1",
                            "--json").stdout)
    assert third["runs"][0]["sent"] is True
    assert client.get_run(half.info.run_id).info.lifecycle_stage == "deleted"


def main():
    python = os.environ.get("GLIA_PEER_PYTHON", str(ROOT / ".peers/logs/bin/python"))
    if os.environ.get("GLIA_PEER_CHOSEN") != "1":
        probe = "import importlib.util as u; exit(not u.find_spec('mlflow'))"
        if not os.path.exists(python) or subprocess.run([python, "-c", probe]).returncode != 0:
            print("SKIPPED: no Python with MLflow: run ./x logs, or name one in GLIA_PEER_PYTHON")
            return
        os.environ["GLIA_PEER_CHOSEN"] = "1"
        os.execv(python, [python, *sys.argv])
    os.environ["no_proxy"] = "127.0.0.1"
    command = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        port = free_port()
        server = start_server(folder, port)
        try:
            train(command, folder)
            check(command, folder, f"http://127.0.0.1:{port}")
        finally:
            os.killpg(server.pid, 15)
            server.wait()
    print("every param, metric and tag arrived")


if __name__ == "__main__":
    main()
