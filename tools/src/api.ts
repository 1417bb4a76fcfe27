import axios, { type AxiosInstance } from 'axios';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into an answer without declaring its shape
type Anything = any;

/** What came back; `body` is whatever the caller expects there. */
export type Reply<Body = Anything> = { readonly status: number; readonly body: Body; readonly headers: Readonly<Record<string, string>> };

type Headers = Readonly<Record<string, string>>;

/** A Hookyard as its clients see it: the native REST API with one token. Answers of any status are answers, not errors. */
export type Api = {
  readonly get: <Body = Anything>(path: string, headers?: Headers) => Promise<Reply<Body>>;
  readonly post: <Body = Anything>(path: string, body?: unknown, headers?: Headers) => Promise<Reply<Body>>;
  readonly put: <Body = Anything>(path: string, body?: unknown, headers?: Headers) => Promise<Reply<Body>>;
  readonly patch: <Body = Anything>(path: string, body?: unknown, headers?: Headers) => Promise<Reply<Body>>;
  readonly delete: <Body = Anything>(path: string, headers?: Headers) => Promise<Reply<Body>>;
};

export function hookyardApi(url: string, token: string | null): Api {
  const http = client(url, token);
  const call = async <Body>(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Reply<Body>> => {
    const response = await http.request<Body>({ method, url: path, data: body, headers: { ...headers } });
    return { status: response.status, body: response.data, headers: response.headers as Record<string, string> };
  };
  return {
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    put: (path, body, headers) => call('PUT', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
  };
}

function client(baseURL: string, token: string | null): AxiosInstance {
  return axios.create({
    baseURL,
    timeout: 30_000,
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });
}
