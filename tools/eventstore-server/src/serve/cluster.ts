import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Faults } from '../faults/faults.ts';
import { failures } from '../wire/failures.ts';
import { ClusterInfo, EndPoint, GossipService, MemberInfo, ServerFeaturesService, StreamsService, SupportedMethod, SupportedMethods } from '../wire/protocol.ts';
import { uuid } from '../wire/records.ts';

/** What this server behaves like. */
export const serverVersion = '24.10.0';

const paths = [StreamsService, ServerFeaturesService, GossipService].flatMap((service) => Object.values(service).map(({ path }) => path));

/** Asked once per connection, without credentials. */
export function supportedMethods(faults: Faults) {
  return async (_call: ServerUnaryCall<unknown, unknown>, respond: sendUnaryData<InstanceType<typeof SupportedMethods>>): Promise<void> => {
    if (faults.take('silence', 'reads') !== undefined) return;
    const delay = faults.take('delay', 'reads');
    if (delay !== undefined) await pause(delay.ms);
    const failed = faults.take('failServerFeatures');
    if (failed !== undefined) return respond(failures.withCode(failed.code ?? 13));
    const methods = new SupportedMethods();
    methods.setEventStoreServerVersion(serverVersion);
    methods.setMethodsList(paths.map(supportedMethod));
    respond(null, methods);
  };
}

function supportedMethod(path: string): InstanceType<typeof SupportedMethod> {
  const [service, name] = path.slice(1).toLowerCase().split('/');
  const method = new SupportedMethod();
  method.setServiceName(service ?? '');
  method.setMethodName(name ?? '');
  return method;
}

/** A cluster of one, which is its leader. */
export function gossip(address: () => { readonly host: string; readonly port: number }) {
  const instanceId = randomUUID();
  return (_call: ServerUnaryCall<unknown, unknown>, respond: sendUnaryData<InstanceType<typeof ClusterInfo>>): void => {
    const { host, port } = address();
    const endPoint = new EndPoint();
    endPoint.setAddress(host);
    endPoint.setPort(port);
    const member = new MemberInfo();
    member.setInstanceId(uuid(instanceId));
    member.setTimeStamp(String(Date.now() * 10_000));
    member.setState(MemberInfo.VNodeState.LEADER);
    member.setIsAlive(true);
    member.setHttpEndPoint(endPoint);
    const info = new ClusterInfo();
    info.setMembersList([member]);
    respond(null, info);
  };
}
