// The intake as one would write it in Go: net/http, and database/sql with mattn/go-sqlite3.
//
// Usage: go_webhooks ADDRESS DATABASE
package main

import (
	"database/sql"
	"encoding/json"
	"log"
	"net/http"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

const insert = `
INSERT OR IGNORE INTO transactions
    (transaction_id, source_account, destination_account, amount, currency)
VALUES (?, ?, ?, ?, ?)`

type webhook struct {
	TransactionID      string      `json:"transaction_id"`
	SourceAccount      string      `json:"source_account"`
	DestinationAccount string      `json:"destination_account"`
	Amount             json.Number `json:"amount"`
	Currency           string      `json:"currency"`
}

func (w webhook) complete() bool {
	return w.TransactionID != "" && w.SourceAccount != "" && w.DestinationAccount != "" &&
		w.Amount != "" && w.Currency != ""
}

func answer(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": message})
}

func receive(store *sql.Stmt) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var hook webhook
		if r.Method != http.MethodPost {
			answer(w, http.StatusMethodNotAllowed, "Method not allowed")
		} else if json.NewDecoder(r.Body).Decode(&hook) != nil {
			answer(w, http.StatusBadRequest, "Invalid JSON")
		} else if !hook.complete() {
			answer(w, http.StatusBadRequest, "Missing required fields")
		} else if _, err := store.Exec(hook.TransactionID, hook.SourceAccount,
			hook.DestinationAccount, hook.Amount, hook.Currency); err != nil {
			log.Print(err)
			answer(w, http.StatusServiceUnavailable, "Temporarily unavailable")
		} else {
			answer(w, http.StatusAccepted, "Webhook received")
		}
	}
}

func main() {
	address, database := os.Args[1], os.Args[2]
	db, err := sql.Open("sqlite3",
		"file:"+database+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000")
	if err != nil {
		log.Fatal(err)
	}
	// SQLite has one writer at a time: waiting for this connection is faster than for its lock.
	db.SetMaxOpenConns(1)
	store, err := db.Prepare(insert)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/v1/webhooks/transactions", receive(store))
	log.Fatal(http.ListenAndServe(address, nil))
}
