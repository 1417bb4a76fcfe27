import { status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults/faults.ts';
import { failures } from '../wire/failures.ts';
import { ClusterInfo, EndPoint, GossipService, MemberInfo, ServerFeaturesService, StreamsService, SupportedMethod, SupportedMethods } from '../wire/protocol.ts';
import { uuid } from '../wire/records.ts';

/** What this server behaves like. */
export const serverVersion = '24.10.0';

const paths = [StreamsService, ServerFeaturesService, GossipService].flatMap((service) => Object.values(service).map(({ path }) => path));

/** Asked once per connection, without credentials. */
export function supportedMethods(faults: Faults) {
  return (_call: ServerUnaryCall<unknown, unknown>, respond: sendUnaryData<InstanceType<typeof SupportedMethods>>): void => {
    if (faults.take('silence', 'reads') !== undefined) return;
    const failed = faults.take('failServerFeatures');
    if (failed !== undefined) respond(failures.withCode(failed.code ?? status.INTERNAL));
    else setTimeout(() => respond(null, methods()), faults.take('delay', 'reads')?.ms ?? 0);
  };
}

function methods(): InstanceType<typeof SupportedMethods> {
  const supported = new SupportedMethods();
  supported.setEventStoreServerVersion(serverVersion);
  supported.setMethodsList(paths.map(supportedMethod));
  return supported;
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
