/** The fields of Kubernetes' resources that are in use here, as the API of 1.30 and later has them. */
import type { Shape } from './shape-harness.ts';

const name = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const labels: Shape = { map: 'text' };
const metadata: Shape = { fields: { name, labels, annotations: { map: 'text' }, namespace: name }, needs: ['name'] };
const selector: Shape = { fields: { matchLabels: labels }, needs: ['matchLabels'] };
const quantity = /^\d+(m|Mi|Gi)?$/;

const resource = (apiVersion: string, kind: string, spec: Readonly<Record<string, Shape>>): Shape => ({
  fields: { apiVersion: new RegExp(`^${apiVersion}$`), kind: new RegExp(`^${kind}$`), metadata, ...spec },
  needs: ['apiVersion', 'kind', 'metadata', ...Object.keys(spec)],
});

const probe: Shape = {
  fields: {
    httpGet: { fields: { path: /^\//, port: name }, needs: ['path', 'port'] },
    periodSeconds: 'number',
    timeoutSeconds: 'number',
    failureThreshold: 'number',
  },
  needs: ['httpGet'],
};

const reference: Shape = { fields: { name }, needs: ['name'] };

const container: Shape = {
  fields: {
    name,
    image: /^[\w./-]+:[\w.-]+$/,
    args: { list: 'text' },
    env: { list: { fields: { name: 'text', value: 'text' }, needs: ['name', 'value'] } },
    envFrom: { list: { oneOf: [{ fields: { configMapRef: reference }, needs: ['configMapRef'] }, { fields: { secretRef: reference }, needs: ['secretRef'] }] } },
    ports: { list: { fields: { name: /^[a-z-]{1,15}$/, containerPort: 'number' }, needs: ['name', 'containerPort'] } },
    lifecycle: { fields: { preStop: { fields: { sleep: { fields: { seconds: 'number' }, needs: ['seconds'] } } } } },
    resources: { fields: { requests: { fields: { cpu: quantity, memory: quantity } }, limits: { fields: { cpu: quantity, memory: quantity } } }, needs: ['requests', 'limits'] },
    securityContext: {
      fields: { allowPrivilegeEscalation: 'boolean', readOnlyRootFilesystem: 'boolean', capabilities: { fields: { drop: { list: 'text' } } } },
    },
    startupProbe: probe,
    livenessProbe: probe,
    readinessProbe: probe,
  },
  needs: ['name', 'image', 'args', 'envFrom', 'ports', 'resources', 'securityContext', 'startupProbe', 'livenessProbe', 'readinessProbe'],
};

const pod: Shape = {
  fields: {
    automountServiceAccountToken: 'boolean',
    enableServiceLinks: 'boolean',
    terminationGracePeriodSeconds: 'number',
    securityContext: {
      fields: { runAsNonRoot: 'boolean', runAsUser: 'number', runAsGroup: 'number', seccompProfile: { fields: { type: /^RuntimeDefault$/ }, needs: ['type'] } },
    },
    topologySpreadConstraints: {
      list: {
        fields: { maxSkew: 'number', topologyKey: 'text', whenUnsatisfiable: /^(ScheduleAnyway|DoNotSchedule)$/, labelSelector: selector, matchLabelKeys: { list: 'text' } },
        needs: ['maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector'],
      },
    },
    containers: { list: container },
  },
  needs: ['containers'],
};

const deployment: Shape = {
  fields: {
    replicas: 'number',
    revisionHistoryLimit: 'number',
    strategy: { fields: { type: /^RollingUpdate$/, rollingUpdate: { fields: { maxSurge: 'number', maxUnavailable: 'number' } } } },
    selector,
    template: { fields: { metadata: { fields: { labels, annotations: { map: 'text' } }, needs: ['labels'] }, spec: pod }, needs: ['metadata', 'spec'] },
  },
  needs: ['selector', 'template'],
};

const metric: Shape = {
  oneOf: [
    {
      fields: {
        type: /^External$/,
        external: {
          fields: {
            metric: { fields: { name: 'text', selector }, needs: ['name'] },
            target: { fields: { type: /^AverageValue$/, averageValue: quantity }, needs: ['type', 'averageValue'] },
          },
          needs: ['metric', 'target'],
        },
      },
      needs: ['type', 'external'],
    },
    {
      fields: {
        type: /^Resource$/,
        resource: {
          fields: { name: /^(cpu|memory)$/, target: { fields: { type: /^Utilization$/, averageUtilization: 'number' }, needs: ['type', 'averageUtilization'] } },
          needs: ['name', 'target'],
        },
      },
      needs: ['type', 'resource'],
    },
  ],
};

const policies: Shape = { list: { fields: { type: /^(Pods|Percent)$/, value: 'number', periodSeconds: 'number' }, needs: ['type', 'value', 'periodSeconds'] } };
const scaling: Shape = { fields: { stabilizationWindowSeconds: 'number', policies } };

const autoscaler: Shape = {
  fields: {
    scaleTargetRef: { fields: { apiVersion: /^apps\/v1$/, kind: /^Deployment$/, name }, needs: ['apiVersion', 'kind', 'name'] },
    minReplicas: 'number',
    maxReplicas: 'number',
    metrics: { list: metric },
    behavior: { fields: { scaleUp: scaling, scaleDown: scaling } },
  },
  needs: ['scaleTargetRef', 'maxReplicas', 'metrics'],
};

const networkPolicy: Shape = {
  fields: {
    podSelector: selector,
    policyTypes: { list: /^(Ingress|Egress)$/ },
    ingress: { list: { fields: { from: { list: { fields: { namespaceSelector: selector } } }, ports: { list: { fields: { port: name }, needs: ['port'] } } } } },
  },
  needs: ['podSelector', 'policyTypes'],
};

const servicePort: Shape = { fields: { name, port: 'number', targetPort: name }, needs: ['name', 'port', 'targetPort'] };

export const kubernetesShapes: Readonly<Record<string, Shape>> = {
  Namespace: resource('v1', 'Namespace', {}),
  ConfigMap: resource('v1', 'ConfigMap', { data: { map: 'text' } }),
  Secret: resource('v1', 'Secret', { data: { map: 'text' } }),
  Service: resource('v1', 'Service', { spec: { fields: { selector: labels, ports: { list: servicePort } }, needs: ['selector', 'ports'] } }),
  Deployment: resource('apps/v1', 'Deployment', { spec: deployment }),
  PodDisruptionBudget: resource('policy/v1', 'PodDisruptionBudget', { spec: { fields: { maxUnavailable: 'number', selector }, needs: ['maxUnavailable', 'selector'] } }),
  HorizontalPodAutoscaler: resource('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: autoscaler }),
  NetworkPolicy: resource('networking.k8s.io/v1', 'NetworkPolicy', { spec: networkPolicy }),
};
