-- Documents in Markdown, section by section, and their full-text index.

CREATE TABLE documents (
  -- As in a link below the site's address, such as docs/modules.md.
  path TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  -- In bytes, of all sections.
  size INTEGER NOT NULL
) STRICT;

CREATE TABLE sections (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL REFERENCES documents (path),
  -- From 0 on; all sections in this order, put together, are the document to the letter.
  position INTEGER NOT NULL,
  -- The part of a link after #; empty for a document without headings.
  anchor TEXT NOT NULL,
  -- The headings above it and its own: "Writing a module › A database".
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (path, position),
  UNIQUE (path, anchor)
) STRICT;

-- The words of the sections; their text stays where it is. "connects", "connected" and "connection"
-- are one word, and so are "é" and "e".
CREATE VIRTUAL TABLE sections_fts USING fts5 (
  title, text,
  content = 'sections', content_rowid = 'id',
  tokenize = 'porter unicode61 remove_diacritics 2'
);

-- The index follows the table, whoever changes it.
CREATE TRIGGER sections_added AFTER INSERT ON sections BEGIN
  INSERT INTO sections_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER sections_removed AFTER DELETE ON sections BEGIN
  INSERT INTO sections_fts (sections_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER sections_changed AFTER UPDATE ON sections BEGIN
  INSERT INTO sections_fts (sections_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
  INSERT INTO sections_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
