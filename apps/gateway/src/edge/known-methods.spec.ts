import { knownMethods } from './known-methods.ts';

describe('the methods of a path', () => {
  const known = knownMethods();
  known.add('GET', '/v1/projects');
  known.add(['POST', 'GET'], '/v1/projects');
  known.add('GET', '/v1/projects/:project');
  known.add('DELETE', '/v1/projects/:project');
  known.add('GET', '/openapi.json');

  it.each([
    ['/v1/projects', ['GET', 'POST']],
    ['/v1/projects/shop', ['DELETE', 'GET']],
    ['/v1/projects/', []],
    ['/v1/projects/shop/more', []],
    ['/openapi.json', ['GET']],
    ['/openapiXjson', []],
  ])('%s are %j', (path, methods) => {
    expect(known.at(path)).toEqual(methods);
  });
});
