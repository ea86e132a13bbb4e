// Answers each line on standard input, a parameter and its value, with the request that swagger-client makes of it.
// The first argument is the folder of the installed package.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.argv[2] + '/'));
const { default: SwaggerClient } = await import(pathToFileURL(require.resolve('swagger-client')));
const client = SwaggerClient.default ?? SwaggerClient;

for await (const line of createInterface({ input: process.stdin })) {
  const { name, location, style, explode, allowReserved, type, value } = JSON.parse(line);
  const parameter = { name, in: location, style, explode, allowReserved, required: location === 'path', schema: { type } };
  const path = location === 'path' ? `/x/p{${name}}` : '/x/p';
  const spec = {
    openapi: '3.0.3',
    info: { title: 't', version: '1' },
    servers: [{ url: 'https://api.example' }],
    paths: { [path]: { get: { operationId: 'o', parameters: [parameter], responses: {} } } },
  };
  let answer;
  try {
    const request = client.buildRequest({ spec, operationId: 'o', parameters: { [name]: value } });
    answer = { url: request.url, headers: request.headers };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
