const { join } = require('node:path');
const { generateFiles } = require('@nx/devkit');
const { spell, sync } = require('../names.cjs');

/** libs/dialects/<dialect>/src/events/<name>.ts; the dialect's catalogue is then written anew. */
module.exports = async (tree, { type, dialect }) => {
  const folder = `libs/dialects/${dialect}`;
  if (!tree.exists(`${folder}/package.json`)) throw new Error(`there is no dialect "${dialect}" under libs/dialects`);
  if (!/^[a-z][A-Za-z0-9_:-]*(\.[A-Za-z0-9_:-]+)*$/.test(type)) throw new Error(`"${type}" is no event type: words parted by dots, e.g. acme.order.placed`);
  // The file is named for what happened; the vendor's own name in front says nothing inside its folder.
  const names = spell(type.replace(new RegExp(`^${dialect}\\.`), ''));
  if (tree.exists(`${folder}/src/events/${names.dashed}.ts`)) throw new Error(`${folder}/src/events/${names.dashed}.ts exists already`);
  generateFiles(tree, join(__dirname, 'files'), folder, { ...names, type, title: sentence(names.dashed), tmpl: '' });
  return sync(tree);
};

function sentence(dashed) {
  const words = dashed.replaceAll('-', ' ');
  return words[0].toUpperCase() + words.slice(1);
}
