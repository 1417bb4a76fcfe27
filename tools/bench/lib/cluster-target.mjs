import { serviceNames, startCluster } from '../../dist/cluster.js';
import { openServers } from './servers.mjs';

const scaled = ['matcher', 'dispatcher'];

/** The services as processes of their own on the three servers, with `instances` of matcher and dispatcher each. See `openTarget`. */
export async function clusterTarget({ settings, instances }) {
  const servers = await openServers();
  const none = Object.fromEntries(serviceNames.map((service) => [service, 0]));
  const started = startCluster({ settings: Object.assign({}, ...Object.values(settings)), instances: { ...none, subscriptions: 1, gateway: 1 } });
  const cluster = await started.catch(async (error) => {
    await servers.stop();
    throw error;
  });

  return {
    token: cluster.adminToken,
    url: () => cluster.url,
    servicesAre: async (services) => {
      const running = cluster.instances();
      await Promise.all(running.filter(({ service }) => !services.includes(service)).map((instance) => instance.stop()));
      const missing = services.filter((service) => !running.some((instance) => instance.service === service));
      await Promise.all(missing.flatMap((service) => Array.from({ length: scaled.includes(service) ? instances : 1 }, () => cluster.start(service))));
    },
    metrics: async () => (await Promise.all(cluster.instances().map(async ({ opsUrl }) => (await fetch(`${opsUrl}/metrics`)).text()))).join('\n'),
    processes: () => [...cluster.instances().map(({ service, pid }) => ({ name: service, pid })), ...servers.processes],
    stop: async () => {
      await cluster.stop();
      await servers.stop();
    },
  };
}
