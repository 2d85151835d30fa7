// The certified OpenID provider `oidc-provider` on loopback; whoever comes is signed in and accepts.
// node oidc_provider.mjs MODULE PORT REDIRECT_URL ACCOUNT LIFETIME
const [module, port, redirect, account, lifetime] = process.argv.slice(2);
const { default: Provider } = await import(module);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'desk-client',
      client_secret: 'canary-of-the-client-secret',
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      client_id: 'dovecot',
      client_secret: 'dovecot-secret',
      redirect_uris: [],
      grant_types: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  scopes: ['openid', 'offline_access', 'mail'],
  clockTolerance: 0,
  rotateRefreshToken: true,
  ttl: { AccessToken: Number(lifetime), RefreshToken: 86400, Grant: 86400, Session: 3600, Interaction: 600, IdToken: 600 },
  cookies: { keys: ['tests'] },
  extraTokenClaims: (ctx, token) => ({ username: token.accountId }),
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: true, name: 'Somebody' }) }),
  claims: { email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
  },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res);
  let result = { login: { accountId: account } };
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { consent: { grantId: await grant.save() } };
  }
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
});
provider.listen(Number(port), '127.0.0.1');
