import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { parse, parseAllDocuments } from 'yaml';
import { DEPLOY, readDeployFile } from '#src/deploy-files.js';
import { runProgram } from '#src/run-program.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';
import { Opened } from '#src/opened.js';

const BIN = join(DEPLOY, '../packages/cachewarp/bin/cachewarp.js');

interface ComposeService {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}

/** What is in force in a folder under these variables, by its path. Fails when the configuration is refused. */
async function configIn(cwd: string, env: NodeJS.ProcessEnv): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runProgram(process.execPath, [BIN, 'config', '--json'], { cwd, env });
  expect(code, stderr).to.equal(0);
  const rows = JSON.parse(stdout) as { path: string; value: unknown }[];
  return Object.fromEntries(rows.map(({ path, value }) => [path, value]));
}

describe('containers', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  describe('the Dockerfile', () => {
    const lines = readDeployFile('Dockerfile')
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const valuesOf = (instruction: string): string[] =>
      lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

    it('copies what is there, and nothing of what it does not need', () => {
      for (const copy of valuesOf('COPY').filter((line) => !line.startsWith('--from'))) {
        for (const source of copy.split(' ').slice(0, -1)) {
          expect(existsSync(join(DEPLOY, '..', source)), `${source} of COPY ${copy}`).to.equal(true);
        }
      }
    });

    it('copies the manifest of every workspace, without which npm ci refuses the lockfile', () => {
      const { workspaces } = JSON.parse(readDeployFile('../package.json')) as { workspaces: string[] };
      for (const folder of workspaces.map((pattern) => pattern.split('/')[0]!)) {
        expect(valuesOf('COPY').join('\n')).to.match(new RegExp(`\\b${folder}\\b`));
      }
    });

    it('runs as somebody else than root, on a pinned version of Node that the packages accept', () => {
      expect(valuesOf('USER')).to.deep.equal(['node']);
      for (const image of valuesOf('FROM')) expect(image).to.match(/^node:20\.19-bookworm-slim(?: AS build)?$/);
    });

    it('exposes the ports that the proxy and its admin API listen on, and is ended by the signal that drains', async () => {
      const config = await configIn(makeTemporaryFolder(opened), {});
      expect(valuesOf('EXPOSE')).to.deep.equal([`${String(config['port'])} ${String(config['admin.port'])}`]);
      expect(valuesOf('STOPSIGNAL')).to.deep.equal(['SIGTERM']);
    });
  });

  describe('the compose file', () => {
    const { services, secrets, volumes } = parse(readDeployFile('compose.yaml')) as {
      services: Readonly<Record<string, ComposeService>>;
      secrets: Readonly<Record<string, { file: string }>>;
      volumes: Readonly<Record<string, unknown>>;
    };

    it('has the proxy, a Redis, Prometheus and Grafana, each of a pinned version', () => {
      expect(Object.keys(services)).to.deep.equal(['cachewarp', 'redis', 'prometheus', 'grafana']);
      for (const [name, { image = '' }] of Object.entries(services)) {
        if (name !== 'cachewarp') expect(image).to.match(/^[\w/]+:v?\d+\.\d+/);
      }
    });

    it('mounts files that are there, volumes and secrets that are named', () => {
      for (const { volumes: mounted = [], secrets: used = [] } of Object.values(services)) {
        for (const [source = ''] of mounted.map((volume) => volume.split(':'))) {
          if (source.startsWith('.')) expect(existsSync(join(DEPLOY, source)), source).to.equal(true);
          else expect(volumes).to.have.property(source);
        }
        for (const secret of used) expect(secrets).to.have.property(secret);
      }
    });

    it('lets only the cache itself be reached from other machines', () => {
      for (const [name, { ports = [] }] of Object.entries(services)) {
        const open = ports.filter((port) => !port.startsWith('127.0.0.1:'));
        expect(open).to.deep.equal(name === 'cachewarp' ? ['3000:3000'] : []);
      }
    });

    it('gives the proxy a configuration that it accepts', async () => {
      const folder = makeTemporaryFolder(opened);
      const env = Object.fromEntries(
        Object.entries(services['cachewarp']!.environment!).map(([name, value]) => [
          name,
          value.replace(/^\$\{\w+:[-?](.*)\}$/, '$1'),
        ]),
      );
      env['CACHEWARP_ORIGIN'] = 'http://api.example.com';
      delete env['CACHEWARP_ADMIN_TOKEN_FILE'];
      env['CACHEWARP_ADMIN_TOKEN'] = 'for-the-test';
      const config = await configIn(folder, env);
      expect(config).to.include({ 'admin.host': '0.0.0.0', 'policy.defaultTtl': '30s', 'policy.staleIfError': '1h' });
    });

    it('has Prometheus scrape the proxy under its name, with the secret that both share', () => {
      const { scrape_configs: jobs } = parse(readDeployFile('prometheus/prometheus.yml')) as {
        scrape_configs: {
          job_name: string;
          authorization?: { credentials_file: string };
          static_configs: { targets: string[] }[];
        }[];
      };
      const job = jobs.find(({ job_name: name }) => name === 'cachewarp')!;
      expect(job.static_configs[0]!.targets).to.deep.equal(['cachewarp:9191']);
      const file = services['cachewarp']!.environment!['CACHEWARP_ADMIN_TOKEN_FILE'];
      expect(job.authorization!.credentials_file).to.equal(file);
    });

    it('shows Grafana the dashboard, and the data source that it asks', () => {
      const { datasources } = parse(readDeployFile('grafana/provisioning/datasources/prometheus.yml')) as {
        datasources: { type: string; url: string }[];
      };
      expect(datasources[0]).to.include({ type: 'prometheus', url: 'http://prometheus:9090' });
      const { providers } = parse(readDeployFile('grafana/provisioning/dashboards/cachewarp.yml')) as {
        providers: { options: { path: string } }[];
      };
      const target = services['grafana']!.volumes!.map((volume) => volume.split(':'))[1]![1];
      expect(providers[0]!.options.path).to.equal(target);
    });
  });

  describe('the manifests for Kubernetes', () => {
    const KINDS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
      ConfigMap,
      Deployment,
      Service,
      PodDisruptionBudget,
      NetworkPolicy,
    };
    const { resources } = parse(readDeployFile('kubernetes/kustomization.yaml')) as { resources: string[] };
    const objects = resources.flatMap((path) =>
      parseAllDocuments(readDeployFile(`kubernetes/${path}`)).map((document) => document.toJS() as Manifest),
    );

    it('are what the schemas of their kinds allow', () => {
      for (const manifest of objects) {
        const Kind = KINDS[manifest.kind]!;
        expect(() => new Kind(manifest as never).validate(), manifest.kind).to.not.throw();
      }
      expect(objects).to.have.length(6);
    });

    it('are seen to be wrong where they are', () => {
      const deployment = structuredClone(objects.find(({ kind }) => kind === 'Deployment')!);
      (deployment.spec as { replicas: unknown }).replicas = 'two';
      expect(() => new Deployment(deployment as never).validate()).to.throw('replicas');
    });

    it('give the proxy a configuration that it accepts', async () => {
      const map = objects.find(({ kind }) => kind === 'ConfigMap')!;
      const folder = makeTemporaryFolder(opened);
      for (const [name, text] of Object.entries(map.data!)) writeFileSync(join(folder, name), text);
      const env = { CACHEWARP_ADMIN_TOKEN: 'for-the-test' };
      const config = await configIn(folder, env);
      expect(config).to.include({ 'admin.host': '0.0.0.0', origin: 'http://api.default.svc.cluster.local:8080' });
      expect(config['admin.open']).to.deep.equal(['health']);
    });

    it('name ports, secrets and labels as each other does', () => {
      const { template, selector } = objects.find(({ kind }) => kind === 'Deployment')!.spec as never as DeploymentSpec;
      const labels = template.metadata.labels;
      const [container] = template.spec.containers;
      const ports = container!.ports.map(({ name }) => name);
      expect(selector.matchLabels).to.deep.equal(labels);
      for (const { kind, spec } of objects) {
        if (kind !== 'Service') continue;
        const { selector: selected, ports: served } = spec as never as ServiceSpec;
        expect(selected).to.deep.equal(labels);
        for (const { targetPort } of served) expect(ports).to.include(targetPort);
      }
      for (const probe of [container!.readinessProbe, container!.livenessProbe])
        expect(probe.httpGet.port).to.equal('admin');
    });
  });
});

interface Manifest {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface DeploymentSpec {
  readonly selector: { readonly matchLabels: object };
  readonly template: {
    readonly metadata: { readonly labels: object };
    readonly spec: {
      readonly containers: readonly {
        readonly ports: readonly { readonly name: string }[];
        readonly readinessProbe: { readonly httpGet: { readonly port: string } };
        readonly livenessProbe: { readonly httpGet: { readonly port: string } };
      }[];
    };
  };
}

interface ServiceSpec {
  readonly selector: object;
  readonly ports: readonly { readonly targetPort: string }[];
}
