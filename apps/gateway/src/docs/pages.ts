/** What `/docs` loads: Swagger UI on our own description of the API. */
export const docsPage = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Hookyard API</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="api"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;

/** A file of its own, so that the page needs no inline script. Nothing is asked of the validator that Swagger UI knows on the internet. */
export const docsScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, defaultModelsExpandDepth: 0, validatorUrl: null, persistAuthorization: false });
`;

export const landingPage = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Hookyard</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <style>
    body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
    dt { font-weight: 600; }
    dd { margin: 0 0 0.75rem; }
  </style>
</head>
<body>
  <h1>Hookyard</h1>
  <p>Events come in, webhooks go out: signed, retried, recorded.</p>
  <dl>
    <dt><a href="/docs">API documentation</a></dt>
    <dd>Every address of the REST API, to read and to try. As a file: <a href="/openapi.json">openapi.json</a>.</dd>
    <dt><a href="/health/ready">Health</a></dt>
    <dd>Which part works and which does not. For machines: <a href="/health/live">live</a>, <a href="/metrics">metrics</a>.</dd>
    <dt>First steps</dt>
    <dd>The administrator's token is in the file <code>admin-token</code> of the data folder. README.md shows, with curl, how to create a webhook, emit an event and see its delivery.</dd>
  </dl>
</body>
</html>
`;
