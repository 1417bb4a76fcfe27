import { serviceName, type ServiceModule } from './service.ts';

describe('a service', () => {
  it('is named after its module, and so is its consumer group', () => {
    const named = (name: string) => serviceName({ [name]: class {} }[name] as ServiceModule);
    expect(['GatewayModule', 'DeliveryLogModule'].map(named)).toEqual(['gateway', 'delivery-log']);
  });
});
