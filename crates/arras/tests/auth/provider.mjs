// A token server by `oidc-provider`, and beside it an API that takes its tokens; both on loopback.
// Prints one line of JSON with their URLs and a refresh token, as an interactive sign-in would have given it. The API: `GET /things` wants a token, `GET /revoke` makes all of them void.
import http from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.argv[2] + '/');
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

let handler = (_, response) => response.writeHead(503).end();
const issuing = http.createServer((request, response) => handler(request, response));
const issuer = `http://127.0.0.1:${await listen(issuing)}`;
const client = (id, method) => ({
  client_id: id,
  client_secret: 'p@ss/word with a blank & more',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: method,
});
let issued = 0;
const provider = new Provider(issuer, {
  clients: [
    client('by-basic', 'client_secret_basic'),
    client('by-post', 'client_secret_post'),
    {
      ...client('by-refresh', 'client_secret_basic'),
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://client.example/back'],
    },
  ],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  scopes: ['read', 'openid', 'offline_access'],
  rotateRefreshToken: true,
  // one second longer than the time before its end in which a token is not used any more
  ttl: { ClientCredentials: 31, AccessToken: 31, RefreshToken: 600, Grant: 600 },
});
const alive = new Set();
for (const kind of ['client_credentials', 'access_token']) {
  provider.on(`${kind}.saved`, (token) => {
    issued += 1;
    alive.add(token.jti);
  });
}
handler = provider.callback();

const api = http.createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (request.url === '/revoke') {
    alive.clear();
    return answer(200, { issued });
  }
  const [, text] = (request.headers.authorization ?? '').split(' ');
  const token = text && ((await provider.ClientCredentials.find(text)) ?? (await provider.AccessToken.find(text)));
  const good = token && alive.has(token.jti) && token.scope.split(' ').includes('read');
  return answer(good ? 200 : 401, { issued, client: token?.clientId });
});
const signIn = async () => {
  const scope = 'openid offline_access read';
  const grant = new provider.Grant({ accountId: 'ada', clientId: 'by-refresh' });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const client = await provider.Client.find('by-refresh');
  return new provider.RefreshToken({ accountId: 'ada', client, grantId, gty: 'authorization_code', scope }).save();
};
console.log(JSON.stringify({ issuer, api: `http://127.0.0.1:${await listen(api)}`, refresh: await signIn() }));
// ends with whoever started it
process.stdin.resume();
process.stdin.on('end', () => process.exit());
